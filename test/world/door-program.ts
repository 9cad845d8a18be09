import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Asked } from './door.ts';

/**
 * Runs on a computer of a test network, beside its node: hears what agents do on loopback, and asks the node what the
 * test wants asked. One line of JSON each way, so it goes on whatever happens to the network.
 */
const [port = '0'] = process.argv.slice(2);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const answerAfterMs = 3;

createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk));
  request.on('end', async () => {
    say({ effect: { at: Date.now(), key: String(request.headers['idempotency-key'] ?? ''), body } });
    await pause(answerAfterMs);
    response.end('{}');
  });
}).listen(Number(port), '127.0.0.1', () => say({ ready: true }));

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { id, url, timeoutMs, ...init } = JSON.parse(line) as Asked;
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
      say({ id, status: response.status, body: await response.text() });
    } catch (thrown) {
      say({ id, error: String(thrown) });
    }
  })
  .on('close', () => process.exit(0));
