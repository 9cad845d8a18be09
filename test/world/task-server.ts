import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('task-server.mjs', import.meta.url));

/** Settings of a server on stdio that does calls as tasks; `folder` holds what outlives it (`task-server.mjs`). */
export function taskServer(folder: string, modes: readonly string[] = []) {
  return { command: process.execPath, args: [script, folder, ...modes] };
}

/** The same over HTTP, as a program of its own. */
export async function startTaskServer(
  folder: string,
  modes: readonly string[] = [],
): Promise<{ url: string; port: number; child: ChildProcess }> {
  const child = spawn(process.execPath, [script, folder, '--http', ...modes], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const port = Number(said.toString());
  return { url: `http://127.0.0.1:${port}/mcp`, port, child };
}
