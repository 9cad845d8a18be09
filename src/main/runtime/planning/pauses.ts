import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type PausesView, PauseWindow, PauseWindows } from '../../../shared/config/pause-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { nodeSetting } from '../../journal/fold/fold.ts';
import { sha256 } from '../../lib/hash.ts';
import { freeAt, type Pause, pauseAt, type ReadyWindow, readyWindow } from '../../triggers/cron/pause-windows.ts';
import type { NodeStream } from '../node-stream.ts';

/** Windows that are gone are remembered for as long, so that no node which was away brings them back. */
const gonesKeptMs = 366 * 86_400_000;

/** Windows with when each was set last, and when those that are gone went (epoch ms, by id). */
const Kept = z.object({ windows: PauseWindows, setAt: z.record(z.string(), z.number()).default({}) });
type Kept = z.infer<typeof Kept>;

/** Said when they were, here or on another node. */
export const pausesSet = { kind: 'node.changed', state: 'pauses', text: 'the pause windows were set' } as const;

interface Read {
  from: ReadonlyMap<string, Json>;
  kept: Kept;
  ready: readonly ReadyWindow[];
  digest: string;
}

/**
 * Stretches of time in which schedules do not wake agents, as the node's own stream keeps them. The nodes of a cluster
 * have the same ones: of each window, what was set last anywhere.
 */
export class Pauses {
  readonly #node: () => NodeStream;
  #read: Read | undefined;

  constructor(node: () => NodeStream) {
    this.#node = node;
  }

  /** What pauses the schedules of a process at an instant, and until when nothing does any more. */
  at(process: string, instant: number): Pause | null {
    const windows = this.#known()?.ready ?? [];
    const pause = windows.length === 0 ? null : pauseAt(windows, process, instant);
    return pause && { ...pause, until: freeAt(windows, process, pause) };
  }

  view(now: number): PausesView {
    const windows = this.#known()?.ready ?? [];
    const holding = windows.flatMap(({ window, endAt }) => {
      const until = window.enabled ? endAt(now) : null;
      return until === null ? [] : [{ id: window.id, until }];
    });
    return { windows: windows.map(({ window }) => window), now: holding };
  }

  /** Sets all windows anew. What was held before keeps its time. @throws RuntimeError `REQUEST_INVALID`. */
  async set(wanted: readonly PauseWindow[], by: string, now: number): Promise<void> {
    const parsed = PauseWindows.safeParse(wanted);
    if (!parsed.success)
      throw new RuntimeError('REQUEST_INVALID', `The pause windows: ${parsed.error.issues[0]?.message}`, {});
    const { windows: before, setAt: past } = this.#kept();
    const setAt: Record<string, number> = {};
    for (const [id, at] of Object.entries(past)) if (at > now - gonesKeptMs) setAt[id] = at;
    for (const id of new Set([...before, ...parsed.data].map((window) => window.id))) {
      const isSame = isDeepStrictEqual(windowOf(before, id), windowOf(parsed.data, id));
      setAt[id] = isSame ? (past[id] ?? 0) : Math.max(now, (past[id] ?? 0) + 1);
    }
    await this.#keep({ windows: parsed.data, setAt }, by);
  }

  /** The same on nodes that keep the same; null: none was ever set. */
  get digest(): string | null {
    return this.#known()?.digest ?? null;
  }

  /** For another node. */
  get kept(): JsonObject {
    return this.#kept() as unknown as JsonObject;
  }

  /** Takes in what another node keeps: of each window the later one. Whether that changed anything here. */
  async merge(theirs: Json, by: string): Promise<boolean> {
    const read = Kept.safeParse(theirs);
    if (!read.success) throw new RuntimeError('REQUEST_INVALID', 'What was sent are no pause windows.', {});
    const merged = mergedOf(this.#kept(), read.data);
    // More than may be kept is for a person to sort out.
    if (!merged || !PauseWindows.safeParse(merged.windows).success) return false;
    await this.#keep(merged, by);
    return true;
  }

  #keep({ windows, setAt }: Kept, by: string): Promise<void> {
    return this.#node().configure('pauses', { windows: windows as unknown as Json, setAt }, by);
  }

  #kept(): Kept {
    return this.#known()?.kept ?? { windows: [], setAt: {} };
  }

  #known(): Read | undefined {
    const from = this.#node().snapshot.remembered.get(nodeSetting('pauses'));
    if (!from) return undefined;
    if (this.#read?.from !== from) {
      const written = from.get('windows');
      const windows = Array.isArray(written) ? written.flatMap((one) => PauseWindow.safeParse(one).data ?? []) : [];
      const setAt = Kept.shape.setAt.safeParse(from.get('setAt')).data ?? {};
      const kept = { windows, setAt };
      this.#read = { from, kept, ready: windows.map(readyWindow), digest: digestOf(kept) };
    }
    return this.#read;
  }
}

const windowOf = (windows: readonly PauseWindow[], id: string) => windows.find((window) => window.id === id);
const idsOf = ({ windows, setAt }: Kept) => [...windows.map(({ id }) => id), ...Object.keys(setAt)];

function digestOf(kept: Kept): string {
  const ids = [...new Set(idsOf(kept))].sort();
  return sha256(JSON.stringify(ids.map((id) => [id, kept.setAt[id] ?? 0, windowOf(kept.windows, id) ?? null])));
}

/** Of each window the one that was set later, the same whoever merges; undefined: nothing of theirs is later. */
function mergedOf(ours: Kept, theirs: Kept): Kept | undefined {
  const windows = new Map(ours.windows.map((window) => [window.id, window]));
  const setAt = { ...ours.setAt };
  let isChanged = false;
  for (const id of new Set(idsOf(theirs))) {
    const [here, there] = [windowOf(ours.windows, id), windowOf(theirs.windows, id)];
    const [ourTime, theirTime] = [isKnown(ours, id) ? (setAt[id] ?? 0) : -1, theirs.setAt[id] ?? 0];
    const isLater = theirTime > ourTime || (theirTime === ourTime && rank(there) > rank(here));
    if (!isLater) continue;
    isChanged = true;
    setAt[id] = theirTime;
    if (there) windows.set(id, there);
    else windows.delete(id);
  }
  return isChanged ? { windows: [...windows.values()], setAt } : undefined;
}

const isKnown = (kept: Kept, id: string) => idsOf(kept).includes(id);
const rank = (window: PauseWindow | undefined) => JSON.stringify(window ?? null);
