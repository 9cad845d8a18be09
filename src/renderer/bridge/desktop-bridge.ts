import type { Bridge as DesktopApi } from '../../shared/bridge.ts';
import { fromWire } from '../../shared/errors.ts';
import { RuntimeNotice } from '../../shared/notices.ts';
import type { Bridge } from './bridge.ts';

/** A runtime in the same application: it is there for as long as the window is. */
export function desktopBridge(api: DesktopApi): Bridge {
  return {
    kind: 'desktop',
    async call(name, input) {
      const reply = await api.call(name, input);
      if (reply.ok) return reply.value;
      throw fromWire(reply.error);
    },
    watch(after, listener) {
      const stop = api.watch(after()?.seq ?? null, (notice) => {
        const read = RuntimeNotice.safeParse(notice);
        if (read.success) listener.notice(read.data);
      });
      listener.opened();
      return stop;
    },
  };
}
