import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, standin } from './electron.ts';

/** What Electron does with its command line: switches, `-r module`, and the app, a file or a folder with package.json. */
const require = createRequire(import.meta.url);
process.argv.splice(0, 2, process.execPath);

const preloaded: string[] = [];
let place = '.';
const args = process.argv.slice(1);
for (let i = 0, isPlaceKnown = false; i < args.length; i++) {
  const arg = args[i] ?? '';
  const [, name, value = ''] = /^--([^=]+)=?(.*)$/.exec(arg) ?? [];
  if (arg === '-r' || arg === '--require') preloaded.push(args[++i] ?? '');
  else if (name) standin.switches.set(name, value);
  else if (!arg.startsWith('-') && !isPlaceKnown) {
    isPlaceKnown = true;
    place = arg;
  }
}

let main = resolve(place);
standin.appPath = statSync(main).isDirectory() ? main : dirname(main);
const packageFile = join(standin.appPath, 'package.json');
if (existsSync(packageFile)) standin.appPackage = JSON.parse(readFileSync(packageFile, 'utf8'));
if (statSync(main).isDirectory()) main = join(main, String(standin.appPackage['main'] ?? 'index.js'));
standin.schemes.isReady = () => standin.isReady;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit());
for (const path of preloaded) require(path);
await import(pathToFileURL(main).href);
await app.start();
