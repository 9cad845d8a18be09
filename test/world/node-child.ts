import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../src/main/headless.ts', import.meta.url));

export interface NodeChild {
  /** Its id. */
  readonly node: string;
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  readonly process: ChildProcess;
  /** Calls the API; the answer's JSON whatever its status. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: never }>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** A real node in a process of its own, on a free port. Resolves when it has said that it is ready. */
export async function startNode(
  dataDir: string,
  options: { port?: number; env?: Record<string, string>; args?: string[]; prefix?: readonly string[] } = {},
): Promise<NodeChild> {
  const [program = '', ...before] = [...(options.prefix ?? []), process.execPath];
  const child = spawn(
    program,
    [...before, entry, '--data-dir', dataDir, '--port', String(options.port ?? 0), ...(options.args ?? [])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    },
  );
  let said = '';
  let complained = '';
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk));
  const ready = new Promise<{ url: string; tokenFile: string; node: string }>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk;
      const line = said.split('\n').find((text) => text.startsWith('{'));
      if (line && said.includes('\n')) resolve(JSON.parse(line) as { url: string; tokenFile: string; node: string });
    });
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}: ${complained}`)));
  });
  const { url, tokenFile, node } = await ready;
  const token = readFileSync(tokenFile, 'utf8').trim();
  return {
    node,
    url,
    token,
    pid: child.pid as number,
    process: child,
    async call(method, path, body, headers = {}) {
      const response = await fetch(`${url}${path.startsWith('/hooks') ? '' : '/api/v1'}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text ? JSON.parse(text) : null) as never };
    },
    async kill(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}
