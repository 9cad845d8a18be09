import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The local model server in a process of its own, so that it does not share the measured one's time. */
export async function modelServerProcess(): Promise<{ url: string; stop: () => void }> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../test/world/model-server.ts', import.meta.url)), '--port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const url = await new Promise<string>((resolve) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.includes('\n')) resolve((JSON.parse(said) as { url: string }).url);
    });
  });
  return { url, stop: () => child.kill() };
}
