import { randomUUID } from 'node:crypto';
import { decode, encode } from '../codec.ts';
import { bridgeEnd } from './bridge-end.ts';
import { askForNewWindows } from './new-windows.ts';
import { rendererModule } from './renderer-module.ts';

/** The isolated world in which preload scripts run. */
export const preloadWorld = 'electron-standin-preload';
/** How the preload's world reaches the main process; a DevTools binding that only this world has. */
export const bindingName = '__standinToMain';
/** Where the preload's world takes what the main process says. */
export const receiverName = '__standinReceive';

export interface PageScripts {
  /** For the page's own world; to be installed first. */
  readonly page: string;
  /** For the preload's world. */
  readonly preload: string;
}

/**
 * The two scripts that run in every new document before the page's own: the page's end of the bridge, and the preload
 * with its `require('electron')`. Both leave frames inside the page alone, as Electron does.
 */
export function pageScripts(preload: { path: string; source: string } | null): PageScripts {
  const [toPage, toPreload] = [randomUUID(), randomUUID()];
  const shared = `const codec = { encode: ${encode}, decode: ${decode} }; const bridgeEnd = ${bridgeEnd};`;
  const end = (speaks: string, hears: string, pageOpens: string) =>
    `bridgeEnd(globalThis, codec, { speaks: '${speaks}', hears: '${hears}' }, ${pageOpens})`;
  return {
    page: onlyAtTop(`
      ${shared}
      const end = ${end(toPreload, toPage, '() => {}')};
      (${askForNewWindows})(globalThis, end.opened);`),
    preload: onlyAtTop(`
      ${shared}
      const toMain = globalThis.${bindingName};
      delete globalThis.${bindingName};
      const end = ${end(toPage, toPreload, "(url) => renderer.send({ type: 'opened', url })")};
      const renderer = (${rendererModule})(codec, end, toMain);
      globalThis.${receiverName} = renderer.receive;
      ${preload ? run(preload) : ''}`),
  };
}

const onlyAtTop = (source: string) => `(() => { if (globalThis.top !== globalThis) return; ${source} })();`;

/** A sandboxed preload is CommonJS and may require nothing but Electron's renderer part. */
function run({ path, source }: { path: string; source: string }): string {
  const named = JSON.stringify(path);
  const info = { platform: process.platform, arch: process.arch, versions: process.versions, type: 'renderer' };
  return `
    const require = (name) => {
      if (name === 'electron' || name === 'electron/renderer' || name === 'electron/common') return renderer.electron;
      throw new Error('module not found: ' + name + ' (a sandboxed preload may require only electron)');
    };
    const module = { exports: {} };
    const process = ${JSON.stringify({ ...info, sandboxed: true, contextIsolated: true, env: {}, argv: [] })};
    try {
      ((exports, require, module, process, global, Buffer, __filename) => {${source}
})(module.exports, require, module, process, globalThis, undefined, ${named});
    } catch (error) {
      renderer.send({ type: 'preload-error', error });
    }`;
}
