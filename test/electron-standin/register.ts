import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import electronPackage from 'electron/package.json' with { type: 'json' };

/** Loaded before everything else: makes `electron` the stand-in, for `import` and for `require`. */
const standin = new URL('./electron.ts', import.meta.url).href;
const names = new Set(['electron', 'electron/main', 'electron/common']);

registerHooks({
  resolve: (specifier, context, next) =>
    names.has(specifier) ? { url: standin, format: 'module-typescript', shortCircuit: true } : next(specifier, context),
});

const here = dirname(fileURLToPath(import.meta.url));
const describe = (key: string, value: unknown) =>
  Object.defineProperty(process, key, { value, configurable: true, enumerable: true, writable: true });

// Starting the executable again starts the app again, as with Electron, so a child by fork() would show at once.
process.env['STANDIN_NODE'] = process.execPath;
describe('execPath', join(here, 'electron'));
describe('versions', { ...process.versions, electron: electronPackage.version, chrome: '0.0.0.0' });
describe('type', 'browser');
describe('defaultApp', true);
describe('resourcesPath', join(here, 'resources'));
