import { fromWire, RuntimeError } from '../../shared/errors.ts';
import { nodeHeader, requestOf } from '../../shared/request-of.ts';
import type { Bridge } from './bridge.ts';
import { watchNotices } from './notice-stream.ts';
import type { Session } from './session.ts';

/** The runtime behind the address this page came from, or the one of another node, which it asks. */
export function browserBridge(session: Session, node: string | null, base = '/api/v1'): Bridge {
  const meant: Record<string, string> = node === null ? {} : { [nodeHeader]: encodeURIComponent(node) };
  return {
    kind: 'browser',
    async call(name, input) {
      const { method, path, body } = requestOf(name, input);
      const headers: Record<string, string> = { ...meant, authorization: `Bearer ${session.token() ?? ''}` };
      if (body) headers['content-type'] = 'application/json';
      const request = { method, headers, body: body ? JSON.stringify(body) : null, cache: 'no-store' } as const;
      const reply = await fetch(base + path, request).catch(unreachable);
      if (reply.ok) return reply.json();
      if (reply.status === 401) session.end();
      throw fromWire(await reply.json().catch(() => null));
    },
    watch: (after, listener) => watchNotices({ url: `${base}/notices`, headers: meant }, session, after, listener),
  };
}

function unreachable(): never {
  throw new RuntimeError('NODE_UNREACHABLE', 'The node does not answer; the window connects again by itself.');
}
