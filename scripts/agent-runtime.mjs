#!/usr/bin/env node
import { onNode24 } from './on-node-24.mjs';

await onNode24(['out/main/cli.js', 'src/main/cli/cli.ts']);
