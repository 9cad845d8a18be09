import { fromWire, RuntimeError } from '../../shared/errors.ts';
import { requestOf } from '../../shared/request-of.ts';
import type { Bridge } from './bridge.ts';
import { watchNotices } from './notice-stream.ts';
import type { Session } from './session.ts';

/** The runtime behind the address this page came from. */
export function browserBridge(session: Session, base = '/api/v1'): Bridge {
  return {
    kind: 'browser',
    async call(name, input) {
      const { method, path, body } = requestOf(name, input);
      const headers: Record<string, string> = { authorization: `Bearer ${session.token() ?? ''}` };
      if (body) headers['content-type'] = 'application/json';
      const request = { method, headers, body: body ? JSON.stringify(body) : null, cache: 'no-store' } as const;
      const reply = await fetch(base + path, request).catch(unreachable);
      if (reply.ok) return reply.json();
      if (reply.status === 401) session.end();
      throw fromWire(await reply.json().catch(() => null));
    },
    watch: (after, listener) => watchNotices(`${base}/notices`, session, after, listener),
  };
}

function unreachable(): never {
  throw new RuntimeError('NODE_UNREACHABLE', 'The node does not answer; the window connects again by itself.');
}
