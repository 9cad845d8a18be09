import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { extractAll, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';

/** The packages with files that cannot be bundled; each name also stands for what begins with it and a hyphen. */
const packedModules = ['better-sqlite3', 'sqlite-vec', 'quickjs-wasi', 'playwright'];

/** Without one of these the app does not start. */
const needed = [
  'package.json',
  'out/natives.json',
  'out/main/index.js',
  'out/main/sandbox-child.js',
  'out/main/mdns-child.js',
  'out/preload/index.cjs',
  'out/renderer/index.html',
  'resources/icons/tray.png',
  'resources/prices.json',
];

const fuses = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  GrantFileProtocolExtraPrivileges: false,
};

/**
 * Checks the unpacked app in release/: that it has what it needs and nothing else, and that its fuses are set. Leaves its
 * files in release/app, for the desktop tests to run (DESKTOP_APP_DIR=release/app).
 */
export async function checkPackage(root) {
  const { resources, executable } = placesIn(join(root, 'release'));
  const archive = join(resources, 'app.asar');
  const files = listPackage(archive, { isPack: false }).map((path) => path.replaceAll('\\', '/').slice(1));
  const problems = [...wrongFiles(files), ...(await wrongFuses(executable))];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);

  extractAll(archive, join(root, 'release/app'));
  const inMain = files.filter((path) => /^out\/main\/.*\.js$/.test(path));
  const mainBytes = inMain.reduce((sum, path) => sum + statSync(join(root, 'release/app', path)).size, 0);
  const sizes = `${megabytes(statSync(archive).size)} packed, ${megabytes(mainBytes)} of it the main process`;
  console.log(`The package is as it should be: ${sizes}, fuses set.`);
}

function placesIn(release) {
  const mac = readdirSync(release).find((name) => name.startsWith('mac'));
  if (mac) {
    const contents = join(release, mac, 'Agent Runtime.app/Contents');
    return { resources: join(contents, 'Resources'), executable: join(contents, 'MacOS/Agent Runtime') };
  }
  const unpacked = join(
    release,
    readdirSync(release).find((name) => name.endsWith('unpacked')),
  );
  const name = unpacked.includes('win') ? 'Agent Runtime.exe' : 'agent-runtime';
  return { resources: join(unpacked, 'resources'), executable: join(unpacked, name) };
}

function wrongFiles(files) {
  const isPacked = (name) => packedModules.some((known) => name === known || name.startsWith(`${known}-`));
  const modules = new Set(files.flatMap((path) => /^node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(path)?.[1] ?? []));
  return [
    ...needed.filter((path) => !files.includes(path)).map((path) => `${path} is missing from the package.`),
    ...[...modules].filter((name) => !isPacked(name)).map((name) => `${name} is packed, but should be bundled.`),
    ...files.filter((path) => /\.(map|ts|log)$/.test(path)).map((path) => `${path} has no use in the package.`),
  ];
}

async function wrongFuses(executable) {
  const wire = await getCurrentFuseWire(executable);
  const isOn = (name) => wire[FuseV1Options[name]] === FuseState.ENABLE;
  const wrong = Object.entries(fuses).filter(([name, wanted]) => isOn(name) !== wanted);
  return wrong.map(([name, wanted]) => `The fuse ${name} should be ${wanted ? 'on' : 'off'}.`);
}

const megabytes = (bytes) => `${(bytes / 1_000_000).toFixed(1)} MB`;
