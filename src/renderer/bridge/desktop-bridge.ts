import type { Bridge as DesktopApi } from '../../shared/bridge.ts';
import { fromWire } from '../../shared/errors.ts';
import { RuntimeNotice } from '../../shared/notices.ts';
import type { Bridge } from './bridge.ts';

/** A runtime in the same application, which is there for as long as the window is, or one of another node. */
export function desktopBridge(api: DesktopApi, node: string | null): Bridge {
  const meant: [string?] = node === null ? [] : [node];
  return {
    kind: 'desktop',
    async call(name, input) {
      const reply = await api.call(name, input, ...meant);
      if (reply.ok) return reply.value;
      throw fromWire(reply.error);
    },
    watch(after, listener) {
      const stop = api.watch(
        after()?.seq ?? null,
        (notice) => {
          const read = RuntimeNotice.safeParse(notice);
          if (read.success) listener.notice(read.data);
        },
        ...meant,
      );
      listener.opened();
      return stop;
    },
  };
}
