import type { Dirent } from 'node:fs';
import type { JsonObject } from '../../../../shared/json.ts';
import { globMatcher } from './glob.ts';
import { flawIn } from './mount-paths.ts';
import type { OpenFolder } from './open-folder.ts';

export const searchLimits = {
  /** Names looked at. */
  entries: 50_000,
  depth: 32,
  /** Larger files are not searched for text. */
  fileBytes: 4 * 1024 * 1024,
  totalBytes: 128 * 1024 * 1024,
  lineChars: 300,
} as const;

export interface FileSearch {
  glob?: string | undefined;
  text?: string | undefined;
  ignoreCase: boolean;
  limit: number;
  signal: AbortSignal;
}

export interface FoundFile {
  path: string;
  folder: OpenFolder;
  entry: Dirent;
}

/** All below an open folder, folders before what is in them, in the order of their names. Links are told, not followed. */
export async function* walkFiles(folder: OpenFolder, path: string, depth = 0): AsyncGenerator<FoundFile> {
  const entries = (await folder.entries()).filter(({ name }) => flawIn(name) === undefined);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const inner = `${path}/${entry.name}`;
    yield { path: inner, folder, entry };
    if (!entry.isDirectory() || depth >= searchLimits.depth) continue;
    await using opened = await folder.folder(entry.name).catch(() => undefined);
    if (opened) yield* walkFiles(opened, inner, depth + 1);
  }
}

/** Files by name, or lines by text in files by name. Says so when it ended before everything was looked at. */
export async function searchFolder(
  folder: OpenFolder,
  path: string,
  search: FileSearch,
): Promise<{ matches: JsonObject[]; incomplete?: string }> {
  const matchesName = globMatcher(search.glob ?? '**', { ignoreCase: search.ignoreCase });
  const matches: JsonObject[] = [];
  let entries = 0;
  let bytes = 0;
  for await (const { path: found, folder: holder, entry } of walkFiles(folder, path)) {
    if (search.signal.aborted) return { matches, incomplete: 'the time was over' };
    if (++entries > searchLimits.entries) return { matches, incomplete: `more than ${searchLimits.entries} names` };
    if (!entry.isFile() || !matchesName(found.slice(path.length + 1))) continue;
    if (search.text === undefined) matches.push({ path: found });
    else {
      const content = await textOf(holder, entry.name);
      bytes += content.length;
      matches.push(...linesWith(content, search).map((line) => ({ path: found, ...line })));
    }
    if (matches.length > search.limit)
      return { matches: matches.slice(0, search.limit), incomplete: `more than ${search.limit} matches` };
    if (bytes > searchLimits.totalBytes)
      return { matches, incomplete: `more than ${searchLimits.totalBytes} bytes of text` };
  }
  return { matches };
}

/** Empty for what is too large, not text, or gone. */
async function textOf(folder: OpenFolder, name: string): Promise<string> {
  try {
    await using handle = await folder.file(name);
    if ((await handle.stat()).size > searchLimits.fileBytes) return '';
    const content = await handle.readFile();
    return content.subarray(0, 4_096).includes(0) ? '' : content.toString('utf8');
  } catch {
    return '';
  }
}

function linesWith(content: string, { text = '', ignoreCase, limit }: FileSearch): { line: number; text: string }[] {
  const wanted = ignoreCase ? text.toLowerCase() : text;
  const found: { line: number; text: string }[] = [];
  for (const [index, line] of content.split('\n').entries()) {
    const at = (ignoreCase ? line.toLowerCase() : line).indexOf(wanted);
    if (at < 0) continue;
    const from = Math.max(0, Math.min(at - 100, line.length - searchLimits.lineChars));
    found.push({ line: index + 1, text: line.slice(from, from + searchLimits.lineChars).trimEnd() });
    if (found.length > limit) break;
  }
  return found;
}
