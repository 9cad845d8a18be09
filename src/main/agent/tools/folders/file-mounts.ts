import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { ProcessConfig } from '../../../../shared/config/process-config.ts';
import { RuntimeError } from '../../../../shared/errors.ts';
import { parseMountPath } from './mount-paths.ts';
import { OpenFolder } from './open-folder.ts';

export interface Mount {
  name: string;
  /** Absolute; its links are resolved each time it is used, since the folder may be made later. */
  path: string;
  isWritable: boolean;
}

export interface FilePlaces {
  /** What relative mount paths start from. */
  baseFolder: string;
  /** The runtime's own data, which no mount shows. */
  dataFolder?: string | undefined;
}

/** The folders a process may use. A mount that is given as a path alone is read-only. */
export function mountsOf(config: ProcessConfig['context']['fileMounts'], { baseFolder }: FilePlaces): Mount[] {
  return Object.entries(config).map(([name, given]) => {
    const { path, mode } = typeof given === 'string' ? { path: given, mode: 'read_only' } : given;
    const fromHome = path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path;
    return { name, path: resolve(baseFolder, fromHome), isWritable: mode === 'read_write' };
  });
}

/** The mounts of one process: turns the paths that agents write into open folders. */
export class FileMounts {
  readonly #mounts: ReadonlyMap<string, Mount>;
  readonly #dataFolder: string | undefined;

  constructor(mounts: readonly Mount[], dataFolder?: string) {
    this.#mounts = new Map(mounts.map((mount) => [mount.name, mount]));
    this.#dataFolder = dataFolder;
  }

  get all(): Mount[] {
    return [...this.#mounts.values()];
  }

  /**
   * Opens the folder that holds what `text` names, and gives its last name (undefined: the mount itself).
   * @param use `write` makes folders on the way that are missing.
   * @throws RuntimeError PATH_NOT_ALLOWED, PATH_NOT_FOUND, PATH_SYMLINK, MOUNT_READ_ONLY.
   */
  async parentOf(
    text: string,
    use: 'read' | 'write',
  ): Promise<{ folder: OpenFolder; name: string | undefined; mount: Mount }> {
    const { mount, segments } = this.#locate(text);
    if (use === 'write' && !mount.isWritable) {
      const writable = this.all.filter((one) => one.isWritable).map((one) => one.name);
      const instead = writable.length === 0 ? 'no mount of this agent is writable' : `write to ${writable.join(', ')}`;
      throw new RuntimeError('MOUNT_READ_ONLY', `The mount "${mount.name}" may only be read; ${instead}.`, {
        mount: mount.name,
      });
    }
    const name = segments.at(-1);
    const folder = await this.#walk(mount, segments.slice(0, -1), use);
    return { folder, name, mount };
  }

  /** Opens a folder. @throws RuntimeError as `parentOf`. */
  async folder(text: string): Promise<{ folder: OpenFolder; mount: Mount }> {
    const { mount, segments } = this.#locate(text);
    return { folder: await this.#walk(mount, segments, 'read'), mount };
  }

  #locate(text: string): { mount: Mount; segments: string[] } {
    const { mount: name, segments } = parseMountPath(text);
    const mount = this.#mounts.get(name);
    if (mount) return { mount, segments };
    const known = this.all.map((one) => one.name).join(', ');
    throw new RuntimeError('PATH_NOT_ALLOWED', `There is no mount "${name}"; paths begin with one of ${known}.`, {
      mount: name,
    });
  }

  async #walk(mount: Mount, segments: readonly string[], use: 'read' | 'write'): Promise<OpenFolder> {
    let folder = await this.#root(mount);
    for (const name of segments) {
      await using outer = folder;
      folder = use === 'write' ? await outer.makeFolder(name) : await outer.folder(name);
    }
    return folder;
  }

  async #root(mount: Mount): Promise<OpenFolder> {
    const root = await realpath(mount.path).catch((cause: unknown) => {
      const message = `The folder of mount "${mount.name}" is not there; it must exist before the agent can use it.`;
      throw new RuntimeError('PATH_NOT_FOUND', message, { mount: mount.name }, { cause });
    });
    const data =
      this.#dataFolder === undefined ? undefined : await realpath(this.#dataFolder).catch(() => this.#dataFolder);
    return await OpenFolder.atRoot(root, data);
  }
}
