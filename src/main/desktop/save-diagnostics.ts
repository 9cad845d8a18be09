import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RuntimeClient } from '../../shared/api.ts';
import { asError } from '../../shared/errors.ts';
import { writeDiagnostics } from '../transport/diagnostics/diagnostics.ts';
import type { ElectronParts } from './electron-parts.ts';

/** Asks where to, writes the bundle for a bug report, and shows it in its folder. */
export async function saveDiagnostics(
  { app, dialog, shell }: Pick<ElectronParts, 'app' | 'dialog' | 'shell'>,
  dataDir: string,
  /** Null while no node is open. */
  runtime: RuntimeClient | null,
): Promise<void> {
  const now = Date.now();
  const name = `agent-runtime-diagnostics-${new Date(now).toISOString().slice(0, 10)}.zip`;
  const { canceled, filePath } = await dialog.showSaveDialog({
    title: 'Save diagnostics',
    defaultPath: join(app.getPath('documents'), name),
    filters: [{ name: 'Zip files', extensions: ['zip'] }],
  });
  if (canceled || !filePath) return;
  try {
    const { electron = 'none', chrome = 'none', node } = process.versions;
    const versions = { program: app.getVersion(), electron, chrome, node };
    const sources = { dataDir, versions, env: process.env, home: homedir(), now };
    await writeDiagnostics(filePath, runtime ? { ...sources, runtime } : sources);
    shell.showItemInFolder(filePath);
  } catch (thrown) {
    dialog.showErrorBox('The diagnostics could not be saved', asError(thrown).message);
  }
}
