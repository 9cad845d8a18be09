import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

/** Newer bindings want a newer C library than long-lived systems have. */
const version = '1.0.5';
const packages: Record<string, string> = {
  'linux x64': 'chromadb-js-bindings-linux-x64-gnu',
  'linux arm64': 'chromadb-js-bindings-linux-arm64-gnu',
  'darwin x64': 'chromadb-js-bindings-darwin-x64',
  'darwin arm64': 'chromadb-js-bindings-darwin-arm64',
  'win32 x64': 'chromadb-js-bindings-win32-x64-msvc',
};

export interface ChromaServer {
  url: string;
  close(): Promise<void>;
}

/**
 * A real Chroma server. Its binding (400 MB) is installed into a temporary folder once, and kept there for the next time.
 * Gives the reason where that cannot be done.
 */
export async function startChroma(): Promise<ChromaServer | string> {
  const name = packages[`${process.platform} ${process.arch}`];
  if (!name) return `there is no binding of Chroma for ${process.platform} ${process.arch}`;
  const folder = join(tmpdir(), `agent-runtime-chroma-${version}`);
  try {
    if (!existsSync(join(folder, 'node_modules', name, 'package.json'))) await install(folder, name);
  } catch (thrown) {
    return `the binding of Chroma cannot be installed: ${String(thrown).slice(0, 300)}`;
  }
  const kept = mkdtempSync(join(tmpdir(), 'agent-runtime-'));
  const port = await freePort();
  const script = `require(${JSON.stringify(name)}).cli(['chroma','run','--path',${JSON.stringify(kept)},'--port','${port}','--host','127.0.0.1'])`;
  const child = spawn(process.execPath, ['-e', script], { cwd: folder, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    await ended(child);
    rmSync(kept, { recursive: true, force: true });
  };
  try {
    await until(async () => child.exitCode !== null || (await fetch(`${url}/api/v2/heartbeat`)).ok, 20_000);
    if (child.exitCode === null) return { url, close };
  } catch {
    // Said below.
  }
  await close();
  return 'the Chroma server does not come up';
}

async function install(folder: string, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder, `${name}@${version}`];
  await promisify(execFile)(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    timeout: 60_000,
    shell: process.platform === 'win32',
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
