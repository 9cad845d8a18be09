import { join, posix, sep, win32 } from 'node:path';
import { RuntimeError } from '../../../../shared/errors.ts';
import { ownFilesFolder } from '../../../store/own-files.ts';

/** A place as agents name it: `documents/2026/report.md` is `report.md` in folder `2026` of the mount `documents`. */
export interface MountPath {
  mount: string;
  segments: string[];
}

const maxSegments = 64;

/** Folders that hold keys, passwords and sessions: out of reach in every mount. Lower case; a row is a run of folders. */
const deniedRuns: readonly (readonly string[])[] = [
  ['.ssh'],
  ['.gnupg'],
  ['.aws'],
  ['.kube'],
  ['.password-store'],
  ['.local', 'share', 'keyrings'],
  ['library', 'keychains'],
  ['.mozilla'],
  ['.thunderbird'],
  ['mozilla', 'firefox'],
  ['application support', 'firefox'],
  ['google', 'chrome'],
  ['google-chrome'],
  ['chromium'],
  ['microsoft', 'edge'],
  ['microsoft edge'],
  ['microsoft-edge'],
  ['bravesoftware'],
  ['library', 'safari'],
];

/** What looks like files there is the state of the machine and of this program. */
const machineFolders = /^\/(proc|sys|dev)(\/|$)/;

/** Names that are devices on Windows, with any extension. */
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(\.|$)/i;

/**
 * Takes a path apart. What any system could read as something else than a plain name below the mount is refused on
 * every system, so that an agent behaves the same wherever it runs.
 * @throws RuntimeError PATH_NOT_ALLOWED.
 */
export function parseMountPath(text: string): MountPath {
  if (posix.isAbsolute(text) || win32.isAbsolute(text) || /^[A-Za-z]:/.test(text) || text.includes('\\')) {
    throw refused(text, 'paths begin with the name of a mount and use "/", such as documents/report.md');
  }
  const [mount = '', ...segments] = text.replace(/\/$/, '').split('/');
  if (segments.length > maxSegments) throw refused(text, `paths go at most ${maxSegments} folders deep`);
  for (const name of [mount, ...segments]) {
    const flaw = flawIn(name);
    if (flaw) throw refused(text, flaw);
  }
  return { mount, segments };
}

/** What keeps a name from being used inside a mount; undefined for a good one. */
export function flawIn(name: string): string | undefined {
  if (name === '') return 'a name between two "/" is missing';
  if (name === '.' || name === '..') return `"${name}" is not followed; name the folders from the mount on`;
  if (/[\p{Cc}\p{Cs}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u.test(name))
    return 'names hold no control or invisible characters';
  if (/[:\\/]/.test(name)) return 'names hold no ":" and no "\\"';
  if (/[. ]$/.test(name)) return 'names do not end with a dot or a space';
  if (reserved.test(name)) return `"${name}" is a device on some systems`;
  if (name !== name.normalize('NFC')) return 'names are written with composed characters (Unicode NFC)';
  if (Buffer.byteLength(name) > 255) return 'a name takes at most 255 bytes';
  if (process.platform === 'win32' && /~\d/.test(name)) return 'short names such as PROGRA~1 are not used';
  return undefined;
}

/** Whether a real path lies where no agent may look, whatever is mounted: among keys and sessions, or in `dataFolder`. */
export function isDenied(realPath: string, dataFolder: string | undefined): boolean {
  if (machineFolders.test(realPath)) return true;
  if (
    dataFolder !== undefined &&
    isInside(dataFolder, realPath) &&
    !isInside(join(dataFolder, ownFilesFolder), realPath)
  )
    return true;
  const folders = realPath.split(sep).map((name) =>
    name
      .normalize('NFKC')
      .replace(/\p{Cf}/gu, '')
      .toLowerCase(),
  );
  return deniedRuns.some((run) => folders.some((_, at) => run.every((name, offset) => folders[at + offset] === name)));
}

/** Whether `path` is `root` or below it; both real and absolute. */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function refused(text: string, why: string): RuntimeError {
  const shown = JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
  return new RuntimeError('PATH_NOT_ALLOWED', `The path ${shown} cannot be used: ${why}.`, {
    path: text.slice(0, 500),
  });
}
