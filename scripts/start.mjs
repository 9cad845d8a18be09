import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfStale, root } from './build-if-stale.mjs';

// The desktop app; where Electron or a display is missing, the same window in a browser.
buildIfStale();
const electron = electronBinary();
const display = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
if (electron && display) run(electron, [root, ...process.argv.slice(2)], {});
else {
  const why = electron ? 'there is no display' : 'Electron is not installed (npx install-electron --no fetches it)';
  process.stderr.write(
    `No desktop window, because ${why}. Open the address below in a browser; Ctrl-C ends the node.\n`,
  );
  run(process.execPath, [join(root, 'out/main/headless.js'), ...process.argv.slice(2)], {
    AGENT_RUNTIME_PRINT_LOGIN: '1',
  });
}

function electronBinary() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) return join(override, process.platform === 'win32' ? 'electron.exe' : 'electron');
  const home = join(root, 'node_modules', 'electron');
  const named = join(home, 'path.txt');
  if (!existsSync(named)) return null;
  const binary = join(home, 'dist', readFileSync(named, 'utf8'));
  return existsSync(binary) ? binary : null;
}

function run(program, args, env) {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
