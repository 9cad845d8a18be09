import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RuntimeClient } from '../../shared/api.ts';
import { asError, RuntimeError } from '../../shared/errors.ts';
import type { ElectronParts } from './electron-parts.ts';

/** Far above any manifest; a file of another kind is not read into memory. */
const maxBytes = 2_000_000;

/**
 * Opens `.agent` files that the person double-clicked, dropped on the icon or picked. Nothing is created before they
 * have agreed, and nothing is started: a file from elsewhere may bring tools of its own.
 */
export class ManifestOpener {
  readonly #dialog: ElectronParts['dialog'];
  readonly #runtime: Pick<RuntimeClient, 'validateManifest' | 'createProcess'>;
  readonly #created: (name: string) => void;

  constructor(
    dialog: ElectronParts['dialog'],
    runtime: Pick<RuntimeClient, 'validateManifest' | 'createProcess'>,
    created: (name: string) => void,
  ) {
    this.#dialog = dialog;
    this.#runtime = runtime;
    this.#created = created;
  }

  async pick(): Promise<void> {
    const { filePaths } = await this.#dialog.showOpenDialog({
      title: 'Open .agent file',
      filters: [{ name: 'Agents', extensions: ['agent', 'yaml', 'yml'] }],
      properties: ['openFile'],
    });
    if (filePaths[0]) await this.open(filePaths[0]);
  }

  async open(path: string): Promise<void> {
    try {
      const manifest = await this.#read(path);
      const { name, problems } = await this.#runtime.validateManifest({ manifest });
      if (problems.length > 0)
        throw new RuntimeError('MANIFEST_INVALID', problems.map(({ message }) => message).join('\n'));
      if (!(await this.#agrees(name ?? basename(path), path))) return;
      const process = await this.#runtime.createProcess({ manifest });
      this.#created(process.name);
    } catch (thrown) {
      this.#dialog.showErrorBox(`${basename(path)} could not be opened`, asError(thrown).message);
    }
  }

  async #read(path: string): Promise<string> {
    const { size } = await stat(path);
    if (size > maxBytes)
      throw new RuntimeError('FILE_TOO_LARGE', `${path} has ${size} bytes; a manifest has at most ${maxBytes}.`);
    return readFile(path, 'utf8');
  }

  async #agrees(name: string, path: string): Promise<boolean> {
    const { response } = await this.#dialog.showMessageBox({
      type: 'question',
      message: `Add the agent “${name}”?`,
      detail: `${path}\n\nIt is not started yet, so you can look at what it may do.`,
      buttons: ['Add', 'Cancel'],
      defaultId: 0,
      cancelId: 1,
    });
    return response === 0;
  }
}
