import { readFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/main/lib/clock.ts';
import { systemClock } from '../../src/main/lib/clock.ts';
import { NetworkDoor } from '../../src/main/transport/devices/network-door.ts';
import type { Served } from '../../src/main/transport/http/served.ts';
import type { DeviceScope } from '../../src/shared/operations/window-operations.ts';
import { freePort } from './free-port.ts';
import { served } from './recorded-runtime.ts';
import { scratchFolder } from './scratch-folder.ts';

export interface Asked {
  status: number;
  headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: what came back, whatever it is
  body: any;
}

export interface Ask {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: unknown;
  token?: string;
  tls?: RequestOptions;
}

/** The window for other devices on a free port of this computer, as phones see it. */
export interface DoorUnderTest {
  readonly door: NetworkDoor;
  readonly dataDir: string;
  readonly port: number;
  readonly logged: { level: string; message: string; details: unknown }[];
  changes: number;
  /** What it is told of where this computer is. */
  addresses: string[];
  ask(what: Ask): Promise<Asked>;
  /** A device that a person has let in: its token. */
  paired(scope?: DeviceScope): Promise<string>;
  /** What is kept, anew on the same folder. */
  again(clock?: Clock): Promise<DoorUnderTest>;
}

export async function openDoor(
  parts: Partial<Served> = {},
  options: {
    clock?: Clock;
    dataDir?: string;
    windowDir?: string;
    port?: number;
    isOn?: boolean;
    seal?: Uint8Array;
  } = {},
): Promise<DoorUnderTest> {
  const { clock = systemClock, dataDir = scratchFolder(), windowDir = null, isOn = true } = options;
  const port = options.port ?? (await freePort());
  const logged: DoorUnderTest['logged'] = [];
  const door = new NetworkDoor({
    dataDir,
    clock,
    windowDir,
    seal: options.seal,
    fault: (errorId, thrown) => logged.push({ level: 'fault', message: errorId, details: thrown }),
    log: (level, message, details) => logged.push({ level, message, details }),
    addresses: () => under.addresses,
    nets: () => [],
    onChange: () => {
      under.changes++;
    },
  });
  const under: DoorUnderTest = {
    door,
    dataDir,
    port,
    logged,
    changes: 0,
    addresses: ['192.0.2.7'],
    ask: (what) => askDoor(dataDir, port, what),
    async paired(scope = 'operate') {
      const { code } = door.showCode(scope);
      const { body } = await under.ask({ method: 'POST', path: '/api/v1/session', body: { code } });
      const [request] = door.view().requests.slice(-1);
      door.confirm(request?.id ?? '', {});
      return (body as { token: string }).token;
    },
    async again(next = clock) {
      await door.close();
      return openDoor(parts, { ...options, dataDir, port, clock: next, isOn: false });
    },
  };
  onTestFinished(() => door.close());
  await door.open(served(parts));
  if (isOn) await door.change({ on: true, port });
  return under;
}

/** Trusts the certificate that is kept and no other, so each answer also proves that it is good for localhost. */
export function askDoor(
  dataDir: string,
  port: number,
  { method = 'GET', path = '/', headers = {}, body, token, tls }: Ask,
) {
  const { certificate } = JSON.parse(readFileSync(join(dataDir, 'window.json'), 'utf8')) as { certificate: string };
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise<Asked>((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, path, method, ca: certificate, agent: false, servername: 'localhost' },
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...tls,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const said = Buffer.concat(chunks).toString();
          const isJson = String(answer.headers['content-type']).includes('json');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: isJson ? JSON.parse(said) : said });
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}
