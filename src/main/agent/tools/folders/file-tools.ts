import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { RuntimeError } from '../../../../shared/errors.ts';
import type { JsonObject } from '../../../../shared/json.ts';
import type { Tool, ToolResult } from '../../tool.ts';
import { objectOf } from '../parameters.ts';
import type { FileMounts } from './file-mounts.ts';
import { flawIn } from './mount-paths.ts';
import type { OpenFolder } from './open-folder.ts';
import { searchFolder, walkFiles } from './search-files.ts';

/** What `tools: { read_file: … }`, and the like for the other file tools, may say. */
export const FileNarrowing = z.strictObject({ mounts: z.array(z.string()).min(1).optional() });
export type FileNarrowing = z.infer<typeof FileNarrowing>;

export const fileLimits = {
  readBytes: 256 * 1024,
  maxReadBytes: 512 * 1024,
  writeBytes: 1024 * 1024,
  listed: 1_000,
  found: 100,
  maxFound: 1_000,
} as const;

const path = { type: 'string', description: 'Begins with the name of a mount, such as "documents/2026/report.md".' };
const encoding = { type: 'string', enum: ['utf8', 'base64'], default: 'utf8' };

export function listFiles(mounts: FileMounts): Tool {
  return {
    name: 'list_files',
    description: 'Lists a folder: names, kinds, sizes and times of change. Without a path it lists the mounts.',
    parameters: objectOf({
      path,
      recursive: { type: 'boolean', default: false },
      limit: { type: 'integer', minimum: 1, maximum: fileLimits.listed, default: fileLimits.listed },
    }),
    reach: 'readOnly',
    async execute(args) {
      const given = args['path'] as string | undefined;
      if (given === undefined || given === '') {
        return { content: { mounts: mounts.all.map(({ name, isWritable }) => ({ name, writable: isWritable })) } };
      }
      const { folder, mount } = await mounts.folder(given);
      await using opened = folder;
      const limit = (args['limit'] as number | undefined) ?? fileLimits.listed;
      return {
        content: await listing(opened, given, { recursive: args['recursive'] === true, limit }),
        taint: [`file:${mount.name}`],
      };
    },
  };
}

export function readFile(mounts: FileMounts): Tool {
  return {
    name: 'read_file',
    description: `Reads a file, at most ${fileLimits.maxReadBytes} bytes at once. "next" is the offset to go on from, null at the end.`,
    parameters: objectOf(
      {
        path,
        offset: { type: 'integer', minimum: 0, default: 0, description: 'In bytes.' },
        limit: {
          type: 'integer',
          minimum: 1,
          maximum: fileLimits.maxReadBytes,
          default: fileLimits.readBytes,
          description: 'In bytes.',
        },
        encoding,
      },
      ['path'],
    ),
    reach: 'readOnly',
    async execute(args) {
      const given = args['path'] as string;
      const { folder, name, mount } = await mounts.parentOf(given, 'read');
      await using opened = folder;
      await using handle = await opened.file(named(name, given));
      const offset = (args['offset'] as number | undefined) ?? 0;
      const limit = (args['limit'] as number | undefined) ?? fileLimits.readBytes;
      const piece = await readPiece(handle, { offset, limit, isText: args['encoding'] !== 'base64' });
      return { content: { path: given, ...piece }, taint: [`file:${mount.name}`] };
    },
  };
}

export function writeFile(mounts: FileMounts): Tool {
  return {
    name: 'write_file',
    description: 'Writes a whole file, at once and in place of an older one; folders on the way are made. Up to 1 MB.',
    parameters: objectOf({ path, content: { type: 'string' }, encoding }, ['path', 'content']),
    reach: 'idempotent',
    async execute(args) {
      const given = args['path'] as string;
      const content = Buffer.from(args['content'] as string, args['encoding'] === 'base64' ? 'base64' : 'utf8');
      if (content.length > fileLimits.writeBytes) {
        throw new RuntimeError(
          'FILE_TOO_LARGE',
          `${content.length} bytes are too many for "${given}"; at most ${fileLimits.writeBytes} are written at once.`,
          { bytes: content.length },
        );
      }
      const { folder, name } = await mounts.parentOf(given, 'write');
      await using opened = folder;
      return { content: await write(opened, named(name, given), given, content) };
    },
  };
}

export function searchFiles(mounts: FileMounts): Tool {
  return {
    name: 'search_files',
    description:
      'Finds files by a name pattern (*, **, ?, {a,b}), or the lines in them that hold a text. Without a path it searches all mounts.',
    parameters: objectOf({
      path,
      glob: { type: 'string', description: 'Such as "*.csv" or "2026/**/report-?.md".' },
      text: { type: 'string', minLength: 1, description: 'Taken literally.' },
      case_sensitive: { type: 'boolean', default: false },
      limit: { type: 'integer', minimum: 1, maximum: fileLimits.maxFound, default: fileLimits.found },
    }),
    reach: 'readOnly',
    async execute(args, call): Promise<ToolResult> {
      const given = args['path'] as string | undefined;
      const places = given ? [given.replace(/\/$/, '')] : mounts.all.map(({ name }) => name);
      const content: { matches: JsonObject[]; incomplete?: string } = { matches: [] };
      const taint: string[] = [];
      for (const place of places) {
        const { folder, mount } = await mounts.folder(place);
        await using opened = folder;
        taint.push(`file:${mount.name}`);
        const limit = ((args['limit'] as number | undefined) ?? fileLimits.found) - content.matches.length;
        const { matches, incomplete } = await searchFolder(opened, place, {
          glob: args['glob'] as string | undefined,
          text: args['text'] as string | undefined,
          ignoreCase: args['case_sensitive'] !== true,
          limit,
          signal: call.signal,
        });
        content.matches.push(...matches);
        if (incomplete !== undefined) return { content: { ...content, incomplete }, taint };
      }
      return { content: { ...content }, taint };
    },
  };
}

function named(name: string | undefined, given: string): string {
  if (name !== undefined) return name;
  throw new RuntimeError('PATH_NOT_FOUND', `"${given}" is a mount, not a file; name a file in it.`, { path: given });
}

async function listing(
  folder: OpenFolder,
  given: string,
  { recursive, limit }: { recursive: boolean; limit: number },
): Promise<JsonObject> {
  const start = given.replace(/\/$/, '');
  const entries: JsonObject[] = [];
  let more = false;
  for await (const { path: found, folder: holder, entry } of recursive
    ? walkFiles(folder, start)
    : flat(folder, start)) {
    more = entries.length === limit;
    if (more) break;
    const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other';
    const stats = kind === 'file' ? await holder.look(entry.name).catch(() => undefined) : undefined;
    entries.push({
      path: found,
      kind,
      ...(stats ? { size: stats.size, modified: new Date(stats.mtimeMs).toISOString() } : {}),
    });
  }
  return { path: given, entries, truncated: more };
}

async function* flat(folder: OpenFolder, start: string) {
  const entries = (await folder.entries()).filter(({ name }) => flawIn(name) === undefined);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) yield { path: `${start}/${entry.name}`, folder, entry };
}

async function readPiece(
  handle: FileHandle,
  { offset, limit, isText }: { offset: number; limit: number; isText: boolean },
): Promise<JsonObject> {
  const { size } = await handle.stat();
  const buffer = Buffer.alloc(Math.max(0, Math.min(limit, size - offset)));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
  let piece = buffer.subarray(0, bytesRead);
  if (isText && piece.subarray(0, 4_096).includes(0)) {
    return { content: '', size, next: null, note: 'This is no text; ask for it with encoding "base64".' };
  }
  if (isText && offset + piece.length < size) piece = piece.subarray(0, wholeCharacters(piece));
  const end = offset + piece.length;
  return {
    content: piece.toString(isText ? 'utf8' : 'base64'),
    size,
    offset,
    next: end < size && piece.length > 0 ? end : null,
  };
}

/** How many bytes hold complete UTF-8 characters: a last one that was cut is left for the next piece. */
function wholeCharacters(piece: Buffer): number {
  for (let back = 1; back <= 3 && back < piece.length; back++) {
    const byte = piece[piece.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? piece.length - back : piece.length;
  }
  return piece.length;
}

async function write(folder: OpenFolder, name: string, given: string, content: Buffer): Promise<JsonObject> {
  // The same content again changes nothing, so that a repeated call does not wake whoever watches the file.
  if (await holds(folder, name, content)) return { path: given, bytes: content.length, created: false, changed: false };
  const { created } = await folder.replace(name, content);
  return { path: given, bytes: content.length, created, changed: true };
}

async function holds(folder: OpenFolder, name: string, content: Buffer): Promise<boolean> {
  try {
    await using handle = await folder.file(name);
    return (await handle.stat()).size === content.length && content.equals(await handle.readFile());
  } catch (thrown) {
    if (thrown instanceof RuntimeError && thrown.code === 'PATH_NOT_FOUND') return false;
    throw thrown;
  }
}
