import { fromWire, RuntimeError } from '../../shared/errors.ts';
import type { Bridge } from './bridge.ts';
import { httpRequest } from './http-request.ts';
import { watchNotices } from './notice-stream.ts';
import type { Session } from './session.ts';

/** The runtime behind the address this page came from. */
export function browserBridge(session: Session, base = '/api/v1'): Bridge {
  return {
    kind: 'browser',
    async call(name, input) {
      const { method, path, body } = httpRequest(name, input);
      const headers: Record<string, string> = { authorization: `Bearer ${session.token() ?? ''}` };
      if (body !== null) headers['content-type'] = 'application/json';
      const reply = await fetch(base + path, { method, headers, body, cache: 'no-store' }).catch(unreachable);
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
