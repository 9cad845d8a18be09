import { constants, type Dirent, existsSync, type Stats } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RuntimeError } from '../../../../shared/errors.ts';
import { isDenied, isInside } from './mount-paths.ts';

/**
 * A folder held open, from which the next folder or file is opened by one name: nothing that happens to the path
 * meanwhile leads elsewhere.
 *
 * O1. Links are never followed below the root. O2. What was opened is looked at again, through its handle, and must lie
 * below the root and outside the denied folders. O3. On Linux names are resolved relative to the open folder (the
 * kernel's `/proc/self/fd` does what `openat` would), so that there is no window between look and use. Elsewhere the
 * path is walked and what was opened is compared with it afterwards, which leaves a narrow window to whoever can make
 * links there; macOS closes it by refusing links in the open call itself.
 */
export class OpenFolder implements AsyncDisposable {
  readonly #handle: FileHandle | undefined;
  readonly #path: string;
  readonly #limits: Limits;

  private constructor(handle: FileHandle | undefined, path: string, limits: Limits) {
    this.#handle = handle;
    this.#path = path;
    this.#limits = limits;
  }

  /** @param root real path of the mount. */
  static async atRoot(root: string, dataFolder: string | undefined): Promise<OpenFolder> {
    const limits = { root, dataFolder };
    if (isDenied(root, dataFolder)) throw denied(basename(root));
    return new OpenFolder(await openFolder(root, root, limits), root, limits);
  }

  /** @throws RuntimeError PATH_NOT_FOUND, PATH_SYMLINK, PATH_NOT_ALLOWED. */
  async folder(name: string): Promise<OpenFolder> {
    const path = join(this.#path, name);
    const found = await this.look(name);
    if (!found.isDirectory()) throw new RuntimeError('PATH_NOT_FOUND', `"${name}" is a file, not a folder.`, { name });
    return new OpenFolder(await openFolder(this.#at(name), path, this.#limits), path, this.#limits);
  }

  /** Opens a regular file for reading. @throws RuntimeError PATH_NOT_FOUND, PATH_SYMLINK, PATH_NOT_ALLOWED. */
  async file(name: string): Promise<FileHandle> {
    const found = await this.look(name);
    if (found.isDirectory()) throw new RuntimeError('PATH_NOT_FOUND', `"${name}" is a folder, not a file.`, { name });
    if (!found.isFile()) throw notRegular(name);
    // Without O_NONBLOCK a pipe put in the file's place would hold the call for ever.
    const handle = await open(this.#at(name), readFlags).catch((thrown: unknown) =>
      Promise.reject(refusal(thrown, name)),
    );
    return await checked(handle, join(this.#path, name), this.#limits, (stats) => {
      if (!stats.isFile()) throw notRegular(name);
    });
  }

  /** What stands there, links not followed. @throws RuntimeError PATH_NOT_FOUND, PATH_SYMLINK for a link. */
  async look(name: string): Promise<Stats> {
    const found = await lstat(this.#at(name)).catch((thrown: unknown) => Promise.reject(refusal(thrown, name)));
    if (found.isSymbolicLink()) throw isLink(name);
    if (isDenied(join(this.#path, name), this.#limits.dataFolder)) throw denied(name);
    return found;
  }

  /** Names and kinds of what the folder holds; denied places are left out. */
  async entries(): Promise<Dirent[]> {
    const all = await readdir(this.#at('.'), { withFileTypes: true }).catch((thrown: unknown) =>
      Promise.reject(refusal(thrown, basename(this.#path))),
    );
    return all.filter(({ name }) => !isDenied(join(this.#path, name), this.#limits.dataFolder));
  }

  /** Makes the folder unless it is there, and opens it. */
  async makeFolder(name: string): Promise<OpenFolder> {
    try {
      await mkdir(this.#at(name));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw refusal(thrown, name);
    }
    return await this.folder(name);
  }

  /**
   * Puts a file in place at once: after a crash there is the old content or the new. A file that is there keeps its
   * permissions. @throws RuntimeError PATH_SYMLINK, PATH_NOT_ALLOWED (also for a file with several hard links), DISK_FULL.
   */
  async replace(name: string, content: Uint8Array): Promise<{ created: boolean }> {
    const existing = await this.#replaceable(name);
    const temporary = `.agent-runtime-${crypto.randomUUID()}.tmp`;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow;
    try {
      {
        await using handle = await open(this.#at(temporary), flags, 0o666);
        if (existing) await handle.chmod(existing.mode & 0o777);
        await handle.writeFile(content);
        await handle.sync();
        await checkPlace(handle, join(this.#path, temporary), this.#limits);
      }
      await rename(this.#at(temporary), this.#at(name));
    } catch (thrown) {
      await unlink(this.#at(temporary)).catch(() => {});
      throw refusal(thrown, name);
    }
    await this.#handle?.sync();
    return { created: existing === undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle?.close();
  }

  async #replaceable(name: string): Promise<Stats | undefined> {
    let found: Stats;
    try {
      found = await this.look(name);
    } catch (thrown) {
      if (thrown instanceof RuntimeError && thrown.code === 'PATH_NOT_FOUND') return undefined;
      throw thrown;
    }
    if (!found.isFile()) throw notRegular(name);
    if (found.nlink === 1) return found;
    throw new RuntimeError(
      'PATH_NOT_ALLOWED',
      `"${name}" has ${found.nlink} hard links, so it may be a file outside the mount; write to another name.`,
      { name, reason: 'hard links' },
    );
  }

  #at(name: string): string {
    return viaHandles && this.#handle ? `/proc/self/fd/${this.#handle.fd}/${name}` : join(this.#path, name);
  }
}

interface Limits {
  root: string;
  dataFolder: string | undefined;
}

const viaHandles = process.platform === 'linux' && existsSync('/proc/self/fd');
/** O_NOFOLLOW_ANY of macOS (sys/fcntl.h): no link anywhere in the path. Windows has neither flag. */
const noFollow = (constants.O_NOFOLLOW ?? 0) | (process.platform === 'darwin' ? 0x2000_0000 : 0);
const readFlags = constants.O_RDONLY | noFollow | (constants.O_NONBLOCK ?? 0);

async function openFolder(at: string, path: string, limits: Limits): Promise<FileHandle | undefined> {
  // Windows gives no handles for folders.
  if (process.platform === 'win32') return undefined;
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | noFollow;
  const handle = await open(at, flags).catch((thrown: unknown) => Promise.reject(refusal(thrown, basename(path))));
  return await checked(handle, path, limits, () => {});
}

async function checked(
  handle: FileHandle,
  path: string,
  limits: Limits,
  check: (stats: Stats) => void,
): Promise<FileHandle> {
  try {
    check(await handle.stat());
    await checkPlace(handle, path, limits);
    return handle;
  } catch (thrown) {
    await handle.close();
    throw refusal(thrown, basename(path));
  }
}

/** O2: asks where the opened thing really is. */
async function checkPlace(handle: FileHandle, path: string, { root, dataFolder }: Limits): Promise<void> {
  const name = basename(path);
  const real = viaHandles ? await readlink(`/proc/self/fd/${handle.fd}`) : await realpath(path);
  if (!viaHandles) {
    const [opened, found] = await Promise.all([handle.stat(), stat(real)]);
    if (opened.ino !== found.ino || opened.dev !== found.dev) throw isLink(name);
  }
  if (!isInside(root, real)) throw isLink(name);
  if (isDenied(real, dataFolder)) throw denied(name);
}

function refusal(thrown: unknown, name: string): unknown {
  switch ((thrown as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return new RuntimeError('PATH_NOT_FOUND', `There is no "${name}".`, { name });
    case 'ELOOP':
      return isLink(name);
    case 'ENOTDIR':
      return new RuntimeError('PATH_NOT_FOUND', `"${name}" is not a folder.`, { name });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new RuntimeError('PATH_NOT_ALLOWED', `The system does not permit the use of "${name}".`, { name });
    case 'ENXIO':
      return notRegular(name);
    case 'ENOSPC':
    case 'EDQUOT':
      return new RuntimeError('DISK_FULL', `There is no space left to write "${name}".`, { name });
    default:
      return thrown;
  }
}

function isLink(name: string): RuntimeError {
  return new RuntimeError('PATH_SYMLINK', `"${name}" is a link or leads through one, and links are not followed.`, {
    name,
  });
}

function denied(name: string): RuntimeError {
  return new RuntimeError(
    'PATH_NOT_ALLOWED',
    `"${name}" holds keys, sessions or the runtime's own data, which no agent may use.`,
    {
      name,
      reason: 'denied folder',
    },
  );
}

function notRegular(name: string): RuntimeError {
  return new RuntimeError('PATH_NOT_ALLOWED', `"${name}" is not a regular file.`, { name, reason: 'not a file' });
}
