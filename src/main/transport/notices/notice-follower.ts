import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { RuntimeError } from '../../../shared/errors.ts';
import { RuntimeNotice } from '../../../shared/notices.ts';
import { problemOf } from '../http/problem.ts';
import type { NoticeCursor } from '../http/served.ts';

/** `connected` and `lost` come in turn; after `refused` the watch has ended, for the node does not want it. */
export type WatchState = { state: 'connected' } | { state: 'lost' } | { state: 'refused'; error: RuntimeError };

export interface NoticeWatch {
  /**
   * Notices from after the cursor on (null: from now on). Lost connections are taken up again where they ended, for as
   * long as it takes. Returns what ends it.
   */
  watch(
    after: NoticeCursor | null,
    listener: (notice: RuntimeNotice) => void,
    onState?: (state: WatchState) => void,
  ): () => void;
}

type Open = (headers: Record<string, string>, signal: AbortSignal) => Promise<IncomingMessage>;

const firstPauseMs = 200;
const maxPauseMs = 5_000;
/** The stream shows a sign of life every 15 s; a line that is silent for longer than two of them is dead. */
const maxSilenceMs = 40_000;

export function followNotices(open: Open): NoticeWatch['watch'] {
  return (after, listener, onState = () => {}) => {
    const stop = new AbortController();
    const follower = new Follower(open, after, listener, onState, stop);
    void follower.run();
    return () => stop.abort();
  };
}

class Follower {
  readonly #open: Open;
  readonly #listener: (notice: RuntimeNotice) => void;
  readonly #onState: (state: WatchState) => void;
  readonly #stop: AbortController;
  #after: NoticeCursor | null;
  #connected = false;

  constructor(
    open: Open,
    after: NoticeCursor | null,
    listener: (notice: RuntimeNotice) => void,
    onState: (state: WatchState) => void,
    stop: AbortController,
  ) {
    this.#open = open;
    this.#after = after;
    this.#listener = listener;
    this.#onState = onState;
    this.#stop = stop;
  }

  async run(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!this.#stop.signal.aborted) {
      const began = performance.now();
      try {
        await this.#once();
      } catch (thrown) {
        if (this.#stop.signal.aborted) return;
        if (thrown instanceof RuntimeError && !thrown.retryable) {
          this.#onState({ state: 'refused', error: thrown });
          return;
        }
      }
      if (this.#connected) this.#onState({ state: 'lost' });
      this.#connected = false;
      if (performance.now() - began > maxPauseMs) pauseMs = firstPauseMs;
      await pause(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      pauseMs = Math.min(pauseMs * 2, maxPauseMs);
    }
  }

  async #once(): Promise<void> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (this.#after) headers['Last-Event-ID'] = `${this.#after.boot}:${this.#after.seq}`;
    const response = await this.#open(headers, this.#stop.signal);
    if (response.statusCode !== 200) throw await refusal(response);
    this.#connected = true;
    this.#onState({ state: 'connected' });
    response.socket.setTimeout(maxSilenceMs, () => response.destroy());
    response.setEncoding('utf8');
    let rest = '';
    for await (const text of response) {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const fields = new Map(block.split('\n').map((line) => splitField(line)));
    const data = fields.get('data');
    if (data === undefined) return;
    if (fields.has('event')) throw problemOf(JSON.parse(data));
    const notice = RuntimeNotice.safeParse(JSON.parse(data));
    if (!notice.success) return;
    this.#after = { boot: notice.data.boot, seq: notice.data.seq };
    this.#listener(notice.data);
  }
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
}

async function refusal(response: IncomingMessage): Promise<RuntimeError> {
  let text = '';
  for await (const chunk of response) text += chunk;
  try {
    return problemOf(JSON.parse(text));
  } catch {
    return new RuntimeError('NODE_UNREACHABLE', `What answers there gives no notices (HTTP ${response.statusCode}).`);
  }
}
