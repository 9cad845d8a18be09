import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildIfStale, root } from './build-if-stale.mjs';

// A node without a window: builds first where that is needed, then becomes the node.
buildIfStale();
const node = spawn(process.execPath, [join(root, 'out/main/headless.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.on(signal, () => node.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal));
node.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)));

// Whoever started it is gone without a word: end in order, as if told to.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) node.kill('SIGTERM');
}, 250).unref();
