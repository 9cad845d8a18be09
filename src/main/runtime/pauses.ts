import { RuntimeError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import { type PausesView, PauseWindow, PauseWindows } from '../../shared/pause-config.ts';
import { nodeSetting } from '../journal/fold.ts';
import { freeAt, type Pause, pauseAt, type ReadyWindow, readyWindow } from '../triggers/pause-windows.ts';
import type { NodeStream } from './node-stream.ts';

/** Stretches of time in which schedules do not wake agents, as the node's own stream keeps them. */
export class Pauses {
  readonly #node: () => NodeStream;
  #read: { kept: ReadonlyMap<string, Json>; windows: readonly ReadyWindow[] } | undefined;

  constructor(node: () => NodeStream) {
    this.#node = node;
  }

  /** What pauses the schedules of a process at an instant, and until when nothing does any more. */
  at(process: string, instant: number): Pause | null {
    const windows = this.#windows();
    const pause = windows.length === 0 ? null : pauseAt(windows, process, instant);
    return pause && { ...pause, until: freeAt(windows, process, pause) };
  }

  view(now: number): PausesView {
    const windows = this.#windows();
    const holding = windows.flatMap(({ window, endAt }) => {
      const until = window.enabled ? endAt(now) : null;
      return until === null ? [] : [{ id: window.id, until }];
    });
    return { windows: windows.map(({ window }) => window), now: holding };
  }

  /** Sets all windows anew. What was held before keeps its time. @throws RuntimeError `REQUEST_INVALID`. */
  async set(wanted: readonly PauseWindow[], by: string): Promise<void> {
    const parsed = PauseWindows.safeParse(wanted);
    if (!parsed.success)
      throw new RuntimeError('REQUEST_INVALID', `The pause windows: ${parsed.error.issues[0]?.message}`, {});
    await this.#node().configure('pauses', { windows: parsed.data as unknown as Json }, by);
  }

  #windows(): readonly ReadyWindow[] {
    const kept = this.#node().snapshot.remembered.get(nodeSetting('pauses'));
    if (!kept) return [];
    if (this.#read?.kept !== kept) {
      const written = kept.get('windows');
      const windows = Array.isArray(written) ? written.flatMap((one) => PauseWindow.safeParse(one).data ?? []) : [];
      this.#read = { kept, windows: windows.map(readyWindow) };
    }
    return this.#read.windows;
  }
}
