import type { World } from './world.ts';

interface MessageBoxOptions {
  cancelId?: number;
  defaultId?: number;
}

/** Electron's dialog. Nobody is there to answer, so each dialog is noted and cancelled; tests replace its functions. */
export function dialogOf(world: World) {
  /** A window may stand before the options. */
  const optionsOf = (args: unknown[]) => (args.at(-1) ?? {}) as MessageBoxOptions;
  return {
    showMessageBox: world.noting('dialog.showMessageBox', async (...args: unknown[]) => {
      const { cancelId, defaultId } = optionsOf(args);
      return { response: cancelId ?? defaultId ?? 0, checkboxChecked: false };
    }),
    showOpenDialog: world.noting('dialog.showOpenDialog', async () => ({ canceled: true, filePaths: [] as string[] })),
    showSaveDialog: world.noting('dialog.showSaveDialog', async () => ({ canceled: true, filePath: '' })),
    showErrorBox: world.noting('dialog.showErrorBox', (title: string, content: string) => {
      process.stderr.write(`[error box] ${title}: ${content}\n`);
    }),
  };
}

/** Electron's shell: notes what the desktop would be asked to do. */
export function shellOf(world: World) {
  return {
    openExternal: world.noting('shell.openExternal', async (_url: string) => {}),
    openPath: world.noting('shell.openPath', async (_path: string) => ''),
    showItemInFolder: world.noting('shell.showItemInFolder', (_path: string) => {}),
    trashItem: world.noting('shell.trashItem', async (_path: string) => {}),
    beep: world.noting('shell.beep', () => {}),
  };
}
