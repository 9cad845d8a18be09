import { fileURLToPath } from 'node:url';
import { startChild } from './child.ts';

/** The local model server in a process of its own, so that it does not share the measured one's time. */
export async function modelServerProcess(): Promise<{ url: string; stop: () => Promise<void> }> {
  const script = fileURLToPath(new URL('../test/world/model-server.ts', import.meta.url));
  const { ready, kill } = await startChild([script, '--port', '0']);
  return { url: ready['url'] ?? '', stop: kill };
}
