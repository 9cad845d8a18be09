import { join } from 'node:path';

// Tests start hundreds of programs; each would strip and compile the same sources again, which is half of what it does.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../../.cache/compiled');
