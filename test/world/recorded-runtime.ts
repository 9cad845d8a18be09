import type { NoticeSource, Served } from '../../src/main/transport/http/served.ts';
import { type OperationName, operations, type RuntimeApi } from '../../src/shared/api.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { RuntimeNotice } from '../../src/shared/notices.ts';

export interface RecordedCall {
  name: OperationName;
  input: unknown;
  by: string;
}

type Answers = { [N in OperationName]?: (input: never, by: string) => unknown };

/** A runtime that notes who asked what, answers as it is told, and is honest about what it cannot do. */
export function recordedRuntime(answers: Answers = {}): { api: RuntimeApi; calls: RecordedCall[] } {
  const calls: RecordedCall[] = [];
  const api = Object.fromEntries(
    (Object.keys(operations) as OperationName[]).map((name) => [
      name,
      async (input: never, by: string) => {
        calls.push({ name, input, by });
        const answer = answers[name];
        if (!answer) throw new RuntimeError('NOT_SUPPORTED', `This runtime does not know ${name}.`, { name });
        return answer(input, by);
      },
    ]),
  );
  return { api: api as RuntimeApi, calls };
}

/** Keeps the last `kept` notices of one boot, like a node does. */
export class RecordedNotices implements NoticeSource {
  readonly boot: string;
  readonly #kept: RuntimeNotice[] = [];
  readonly #listeners = new Set<(notice: RuntimeNotice) => void>();
  readonly #max: number;
  #seq = 0;

  constructor(boot = 'boot1', max = 1_000) {
    this.boot = boot;
    this.#max = max;
  }

  get watchers(): number {
    return this.#listeners.size;
  }

  publish(notice: Omit<RuntimeNotice, 'seq' | 'boot' | 'at'>): RuntimeNotice {
    const whole = { seq: ++this.#seq, boot: this.boot, at: 0, ...notice };
    this.#kept.push(whole);
    if (this.#kept.length > this.#max) this.#kept.shift();
    for (const listener of [...this.#listeners]) listener(whole);
    return whole;
  }

  watch(after: { seq: number; boot: string } | null, listener: (notice: RuntimeNotice) => void): () => void {
    if (after) {
      const first = this.#kept[0]?.seq ?? this.#seq + 1;
      if (after.boot !== this.boot || after.seq < first - 1) {
        listener({ seq: this.#seq, boot: this.boot, at: 0, kind: 'notices.gap' });
      } else for (const notice of this.#kept) if (notice.seq > after.seq) listener(notice);
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What an HTTP server serves, put together from the parts a test cares about. */
export function served(parts: Partial<Served> = {}): Served {
  return {
    api: recordedRuntime().api,
    notices: new RecordedNotices(),
    at: (node) => {
      throw new RuntimeError('PEER_UNKNOWN', `There is no node "${node}" here.`, { node });
    },
    webhook: async (process) => {
      throw new RuntimeError('HOOK_NOT_FOUND', `There is no process "${process}" with such a webhook.`);
    },
    metrics: () => '',
    version: '0.0.0-test',
    ...parts,
  };
}
