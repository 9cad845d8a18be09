import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import type { CheckedTarget } from './egress-guard.ts';

export interface PinnedRequest {
  method: string;
  target: CheckedTarget;
  headers: Record<string, string>;
  body?: Uint8Array | Readable | undefined;
  signal: AbortSignal;
  /** Called when the connection stands: from then on the other side may have acted. */
  onSent?: () => void;
}

/** Sends to the addresses that were checked (E2), over a connection of its own and past any proxy. */
export function sendPinned(wanted: PinnedRequest): Promise<http.IncomingMessage> {
  const { target, method, headers, signal } = wanted;
  const secure = target.url.protocol === 'https:';
  const agent = secure ? new https.Agent({ keepAlive: false }) : new http.Agent({ keepAlive: false });
  const lookup = pinnedLookup(target.addresses);
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const request = (secure ? https : http).request(target.url, { method, headers, agent, signal, lookup });
  request.on('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', () => wanted.onSent?.()));
  request.once('response', resolve);
  request.on('error', reject);
  if (wanted.body === undefined || wanted.body instanceof Uint8Array) request.end(wanted.body);
  else pipeline(wanted.body, request, () => {});
  return promise;
}

function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { family, all }, answer) => {
    const fitting = family === 4 || family === 6 ? pinned.filter((one) => one.family === family) : pinned;
    if (all) answer(null, fitting);
    else answer(null, fitting[0]?.address ?? '', fitting[0]?.family ?? 0);
  };
}
