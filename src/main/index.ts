import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as electron from 'electron';
import { type DesktopGifts, startDesktop } from './desktop/desktop.ts';
import { defaultDataDir } from './transport/data-dir.ts';

/** The desktop app: a node with a window around it. */

// A packaged app is itself the first word; what else a person or Chromium puts on the line is not ours to judge.
const args = process.argv.slice(1);
const { values } = parseArgs({ args, options: { 'data-dir': { type: 'string' } }, strict: false });
const named = values['data-dir'];
const dataDir = typeof named === 'string' ? named : defaultDataDir(process.env, process.platform, homedir());
const port = process.env['AGENT_RUNTIME_PORT'];

/** Loaded while the window already opens: the runtime is the larger part of the program. */
async function openNode({ startChild, openKeychain, desktopPlace, folderIs }: DesktopGifts) {
  const { openNode: open } = await import('./compose/open-node.ts');
  return open({
    dataDir,
    startChild,
    openKeychain,
    desktopPlace,
    desktop: true,
    ...(port ? { port: Number(port) } : {}),
    ...(folderIs ? { folderIs } : {}),
  });
}

const here = import.meta.dirname;
startDesktop(electron, openNode, {
  dataDir,
  pagesDir: join(here, '../renderer'),
  preload: join(here, '../preload/index.cjs'),
  iconsDir: join(here, '../../resources/icons'),
  // Beside the node's own files, so that every data folder has a desktop of its own.
  profileDir: join(dataDir, 'desktop'),
  developmentPage: electron.app.isPackaged ? null : (process.env['ELECTRON_RENDERER_URL'] ?? null),
});
