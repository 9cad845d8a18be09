import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const needed = 24;

/**
 * Runs a script of this project on Node 24: in this process where it is one, else in the Node that npm installed with the
 * project. The first of `candidates` (from the top of the project) that exists is run.
 */
export async function onNode24(candidates) {
  const script = candidates.map((name) => join(root, name)).find((path) => existsSync(path));
  if (!script) fail(`${candidates[0]} is missing: run npm run build.`);
  if (Number(process.versions.node.split('.')[0]) >= needed) {
    process.argv[1] = script;
    await import(script);
    return;
  }
  const child = spawn(node24(), [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`Node ${needed} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1);
  });
}

function node24() {
  const name = process.platform === 'win32' ? 'win' : process.platform;
  const file = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  try {
    const folder = createRequire(import.meta.url).resolve(`node-${name}-${process.arch}/package.json`);
    return join(folder, '..', file);
  } catch {
    return fail(`Agent Runtime needs Node ${needed}; this is ${process.version}. Install it, or run npm ci again.`);
  }
}

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
