import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

export interface Effect {
  what: string;
  key: string;
}

/** An outside server that counts what agents did to the world: every POST of `{ what }` is one effect. */
export async function startLedger(answerAfterMs = 3): Promise<{ effects: Effect[]; host: string }> {
  const effects: Effect[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', async () => {
      if (request.method === 'POST')
        effects.push({
          what: (JSON.parse(body) as { what: string }).what,
          key: String(request.headers['idempotency-key']),
        });
      await pause(answerAfterMs);
      response.end(JSON.stringify({ count: effects.length }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { effects, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}
