// Packs the app:  npm run pack [-- --installers] [-- --no-build] [-- --test]
//
// Without more, makes the unpacked app in release/ and checks what is in it: with the Electron that is installed, else
// with a dummy that cannot run (see dummy-dist.mjs). With --installers (or AGENT_RUNTIME_PACK=installers) makes this
// system's installers with a downloaded Electron. With --test the desktop tests run on the packed files, away from
// our own node_modules.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkPackage } from './check-package.mjs';
import { makeDummyDist } from './dummy-dist.mjs';
import { writeNatives } from './write-natives.mjs';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { installers: { type: 'boolean' }, 'no-build': { type: 'boolean' }, test: { type: 'boolean' } },
});
const installers = values.installers || process.env.AGENT_RUNTIME_PACK === 'installers';

if (!values['no-build']) {
  // What an earlier build left behind would be packed as well.
  rmSync(join(root, 'out'), { recursive: true, force: true });
  run('electron-vite/bin/electron-vite.js', ['build', '--logLevel', 'warn']);
}
writeNatives(root, ['better-sqlite3', 'sqlite-vec']);
rmSync(join(root, 'release'), { recursive: true, force: true });

// Names the feed in what is published, so that its files (latest*.yml) are made as well.
const feed = process.env.AGENT_RUNTIME_UPDATE_FEED;
const publish = feed ? ['-c.publish.provider=generic', `-c.publish.url=${feed}`] : [];
if (installers) {
  run('electron-builder/cli.js', ['--publish', 'never', ...publish]);
  writeBillOfMaterials();
} else {
  run('electron-builder/cli.js', [
    '--dir',
    '--publish',
    'never',
    `-c.electronDist=${await electronDist()}`,
    ...publish,
  ]);
  writeBillOfMaterials();
  await checkPackage(root);
  if (values.test) run('@playwright/test/cli.js', ['test', 'test/e2e/desktop'], { DESKTOP_APP_DIR: 'release/app' });
}

/** What was built from what, as CycloneDX: of the whole lock, since much of it is bundled. */
function writeBillOfMaterials() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, stdout, stderr } = spawnSync(npm, ['sbom', '--sbom-format', 'cyclonedx'], {
    ...{ cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, shell: process.platform === 'win32' },
  });
  if (status === 0) writeFileSync(join(root, 'release/sbom.cdx.json'), stdout);
  else console.error(`No bill of materials was written: ${stderr.trim()}`);
}

/** The folder of an Electron for this system. */
async function electronDist() {
  const electron = join(root, 'node_modules/electron');
  if (existsSync(join(electron, 'dist/version'))) return join(electron, 'dist');
  if (process.platform !== 'linux') {
    console.error('Electron is not installed: run npx install-electron --no, or pack with --installers.');
    process.exit(1);
  }
  console.log('Electron is not installed, so this package can be looked at but not run.');
  const folder = join(root, '.dummy-dist');
  await makeDummyDist(folder, JSON.parse(readFileSync(join(electron, 'package.json'), 'utf8')).version);
  return folder;
}

function run(module, args, env = {}) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', module), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
}
