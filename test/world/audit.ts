import { type Snapshot, snapshotHash } from '../../src/main/journal/fold/snapshot.ts';
import type { Journal } from '../../src/main/journal/journal.ts';
import { replay, verifyChain } from '../../src/main/journal/replay.ts';
import { type JournalEntry, nodeStream } from '../../src/shared/entries/journal-entries.ts';

/** Everything that must hold of every journal after every test, as a list of what does not. */
export async function audit(journal: Journal, live: ReadonlyMap<string, Readonly<Snapshot>>): Promise<string[]> {
  const problems: string[] = [];
  for (const process of await journal.processes()) {
    const say = (problem: string) => problems.push(`${process}: ${problem}`);
    const chain = await verifyChain(journal, process);
    if (!chain.ok) say(`the chain breaks at ${chain.brokenAt}: ${chain.problem}`);
    const whole = (await replay(journal, process, { fromStart: true })).snapshot;
    const short = (await replay(journal, process)).snapshot;
    if (snapshotHash(whole) !== snapshotHash(short)) say('a replay from its last checkpoint gives another state');
    const now = live.get(process);
    if (now && now.seq !== whole.seq) say(`lives at entry ${now.seq}, but ${whole.seq} are kept`);
    else if (now && snapshotHash(now) !== snapshotHash(whole)) {
      say(`a replay from the start gives another state: ${difference(now, whole)}`);
    }
    if ((await journal.base(process)).seq > 0 || process === nodeStream) continue;
    const entries = await journal.read(process);
    if (entries.some(({ body }) => 'erased' in body)) continue;
    const account = new Account(entries);
    problems.push(...account.problems(whole).map((problem) => `${process}: ${problem}`));
  }
  return problems;
}

function difference(live: Readonly<Snapshot>, replayed: Readonly<Snapshot>): string {
  const text = (value: unknown) =>
    JSON.stringify(value, (_key, inner: unknown) => (inner instanceof Map ? [...inner] : inner));
  const keys = Object.keys(replayed) as (keyof Snapshot)[];
  return keys
    .filter((key) => text(live[key]) !== text(replayed[key]))
    .map((key) => `${key} ${text(live[key])} ≠ ${text(replayed[key])}`)
    .join('; ');
}

/** Counts what the entries say, without the fold. */
class Account {
  readonly #found: string[] = [];
  readonly #accepted = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #keys = new Set<string>();
  readonly #runs = new Map<string, { steps: Map<number, 'intended' | 'ended'>; settled: boolean }>();
  #state = 'created';

  constructor(entries: readonly JournalEntry[]) {
    for (const entry of entries) this.#count(entry);
  }

  problems(snapshot: Snapshot): string[] {
    const { queue, counts } = snapshot;
    const open = [...this.#accepted].filter((id) => !this.#ended.has(id));
    if (open.join() !== [...queue.keys()].join())
      this.#found.push(`open are ${open}, the queue holds ${[...queue.keys()]}`);
    const ended = counts.done + counts.dead + counts.cancelled + counts.superseded;
    if (counts.accepted !== ended + queue.size) {
      this.#found.push(`${counts.accepted} accepted ≠ ${ended} ended + ${queue.size} open`);
    }
    const openRuns = [...this.#runs].flatMap(([id, { settled }]) => (settled ? [] : [id]));
    const known = [...snapshot.runs.keys()];
    if (openRuns.sort().join() !== known.sort().join())
      this.#found.push(`open runs are ${openRuns}, known are ${known}`);
    if (this.#state !== snapshot.state) this.#found.push(`the last transition led to ${this.#state}`);
    return this.#found;
  }

  #count(entry: JournalEntry): void {
    const { seq } = entry;
    const wrong = (problem: string) => this.#found.push(`entry ${seq} (${entry.kind}): ${problem}`);
    switch (entry.kind) {
      case 'process.created':
        this.#state = 'created';
        this.#keys.clear();
        break;
      case 'state.changed':
        if (entry.body.from !== this.#state) wrong(`leaves ${entry.body.from}, but it was ${this.#state}`);
        this.#state = entry.body.to;
        break;
      case 'event.accepted':
        if (this.#accepted.has(entry.body.id)) wrong(`${entry.body.id} was accepted before`);
        if (this.#keys.has(entry.body.dedupeKey)) wrong(`${entry.body.dedupeKey} was accepted before`);
        this.#accepted.add(entry.body.id);
        this.#keys.add(entry.body.dedupeKey);
        break;
      case 'event.ended':
        this.#end(entry.body.id, wrong);
        break;
      case 'run.started':
        if (this.#runs.has(entry.body.id)) wrong(`${entry.body.id} began before`);
        this.#runs.set(entry.body.id, { steps: new Map(), settled: false });
        break;
      case 'run.forked': {
        const steps = entry.body.steps.map(
          ({ step, state }) => [Number(step), state === 'intended' ? 'intended' : 'ended'] as const,
        );
        this.#runs.set(entry.body.id, { steps: new Map(steps), settled: false });
        break;
      }
      case 'run.settled': {
        this.#end(entry.body.event, wrong);
        const run = this.#runs.get(entry.body.run);
        if (!run || run.settled) wrong(`${entry.body.run} was not open`);
        if (run) run.settled = true;
        break;
      }
      case 'run.retrying':
        for (const step of entry.body.voided) this.#runs.get(entry.body.run)?.steps.delete(step);
        break;
      case 'step.intended':
      case 'step.ended': {
        const run = this.#runs.get(entry.body.run);
        if (!run || run.settled) wrong(`${entry.body.run} was not open`);
        if (run?.steps.get(entry.body.step) === 'ended') wrong(`step ${entry.body.step} had ended before`);
        run?.steps.set(entry.body.step, entry.kind === 'step.ended' ? 'ended' : 'intended');
      }
    }
  }

  #end(event: string, wrong: (problem: string) => void): void {
    if (!this.#accepted.has(event)) wrong(`${event} was never accepted`);
    if (this.#ended.has(event)) wrong(`${event} had ended before`);
    this.#ended.add(event);
  }
}
