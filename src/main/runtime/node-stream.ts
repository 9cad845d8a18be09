import type { News } from '../../shared/config/notification-config.ts';
import { type EntryBody, nodeStream } from '../../shared/entries/journal-entries.ts';
import type { NodeSection } from '../../shared/entries/node-entries.ts';
import { RuntimeError, toWire } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { newestNews, newsFor, nodeSetting } from '../journal/fold/fold.ts';
import type { Outgoing, Snapshot } from '../journal/fold/snapshot.ts';
import type { Journal } from '../journal/journal.ts';
import type { Needed } from '../journal/pruning.ts';
import type { Clock } from '../lib/clock.ts';
import type { EventBus } from '../messaging/event-bus.ts';
import type { OpenParts } from '../processes/default-parts.ts';
import { Journaled } from '../processes/journaled.ts';
import { Delivery } from '../processes/queue/delivery.ts';
import { watchClock } from './planning/clock-watch.ts';

/** The node's own entries: when it ran, and what people published through it. */
export class NodeStream {
  readonly #journaled: Journaled;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #parts: Pick<OpenParts, 'clock' | 'alarm' | 'log' | 'time'>;
  readonly #bus: EventBus;
  readonly #delivery: Delivery;
  /** Of what is not delivered yet: the id it goes by, and who published it. */
  readonly #published = new Map<number, { id: string; by: string }>();
  #id = '';
  /** While those who listen have not been taken up yet, or are being let go. */
  #isKeeping = true;
  #isNamed = false;
  #startSeq = 0;
  #startedAt = 0;
  /** Its start, until that is written down. */
  #unnoted: EntryBody<'node.started'> | undefined;

  constructor(
    journal: Journal,
    parts: Pick<OpenParts, 'clock' | 'alarm' | 'bus' | 'log' | 'time'>,
    onBroken: (reason: RuntimeError) => void,
  ) {
    this.#journal = journal;
    this.#clock = parts.clock;
    this.#parts = parts;
    this.#bus = parts.bus;
    this.#journaled = new Journaled(nodeStream, journal, { onBroken });
    this.#delivery = new Delivery(this.#journaled, {
      ...parts,
      deliver: (_stream, outgoing) => this.#deliver(outgoing),
    });
  }

  /** What is known of it, such as what has not been handed on yet. */
  get snapshot(): Readonly<Snapshot> {
    return this.#journaled.snapshot;
  }

  /** As it was given, else the same as long as the journal lasts. */
  get id(): string {
    return this.#id;
  }

  /** @param id who this node is, where it has a key to prove it. */
  async open(version: string, pid: number, id?: string): Promise<void> {
    this.#startedAt = this.#clock.now();
    await this.#journaled.load();
    const [first] = await this.#journal.read(nodeStream, { kinds: ['node.started'], limit: 1 });
    const kept = first?.kind === 'node.started' ? first.body.node : undefined;
    this.#isNamed = id !== undefined;
    this.#id = id ?? kept ?? newId('node', this.#clock.now());
    this.#unnoted = { node: this.#id, version, pid };
    await watchClock(this, this.#journal, this.#parts);
    // A node whose disk is full starts all the same: it can be asked what is the matter.
    await this.#noteStart().catch((thrown: unknown) => {
      if (toWire(thrown).code !== 'DISK_FULL') throw thrown;
    });
  }

  /** Reads its journal again after it could not be written. @throws when it still cannot. */
  async reopen({ code, message }: RuntimeError, since: number): Promise<void> {
    await this.#journaled.load();
    if (this.#unnoted) await this.#noteStart();
    else
      await this.#journaled.append('resume-journal', [
        { kind: 'journal.resumed', body: { code, reason: message, since, salvaged: 0 } },
      ]);
    await this.#redeliver();
  }

  /** What must stay of its journal. */
  get needed(): Needed {
    const { outbox } = this.#journaled.snapshot;
    // Without a key to prove it by, who this node is stands only in its starts.
    const queue = new Map(this.#isNamed ? [] : [['start', { seq: this.#startSeq }]]);
    return { queue, outbox };
  }

  checkpointIfDue(entries: number): Promise<void> {
    return this.#journaled.checkpointIfDue(entries);
  }

  async #noteStart(): Promise<void> {
    if (!this.#unnoted) return;
    const durable = this.#journaled.append('start-node', [{ kind: 'node.started', body: this.#unnoted }]);
    this.#startSeq = this.#journaled.snapshot.seq;
    await durable;
    this.#unnoted = undefined;
  }

  /** The stream, as guards and vaults see that of a process. */
  get journaled(): Journaled {
    return this.#journaled;
  }

  /** When this program opened it (epoch ms). */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** When the program before this one did (epoch ms); null where there was none. */
  async previousStart(): Promise<number | null> {
    const starts = await this.#journal.read(nodeStream, { kinds: ['node.started'], order: 'desc', limit: 2 });
    return starts.find(({ at }) => at < this.#startedAt)?.at ?? null;
  }

  /** What a webhook has not been told, the oldest first. */
  untold(sink: string): ReadonlyMap<string, News> {
    return (this.#journaled.snapshot.remembered.get(newsFor(sink)) as unknown as Map<string, News>) ?? new Map();
  }

  sinksWithNews(): string[] {
    return [...this.#journaled.snapshot.remembered.keys()].flatMap((about) =>
      about.startsWith(newsFor('')) ? [about.slice(newsFor('').length)] : [],
    );
  }

  /** Number of the newest entry of a process that a webhook was to be told of; 0: none. */
  newestNews(process: string): number {
    return Number(this.#journaled.snapshot.remembered.get(newestNews)?.get(process) ?? 0);
  }

  async queueNews(sink: string, news: News, seq: number): Promise<void> {
    await this.#journaled.append('queue-news', [{ kind: 'news.queued', body: { sink, seq, news } }]);
    await this.#journaled.checkpointIfDue();
  }

  async endNews(
    sink: string,
    id: string,
    outcome: EntryBody<'news.ended'>['outcome'],
    attempts: number,
    reason: string,
  ): Promise<void> {
    await this.#journaled.append('end-news', [{ kind: 'news.ended', body: { sink, id, outcome, attempts, reason } }]);
  }

  /** Settings of the node as a whole; null where there are none. */
  setting(section: NodeSection): JsonObject | null {
    const kept = this.#journaled.snapshot.remembered.get(nodeSetting(section));
    return kept ? Object.fromEntries(kept) : null;
  }

  /** In force at once; resolves when it is durable. */
  async configure(section: NodeSection, settings: JsonObject | null, by: string): Promise<void> {
    await this.#journaled.append('configure-node', [{ kind: 'node.configured', body: { section, settings, by } }]);
    await this.#journaled.checkpointIfDue();
  }

  /** Publishes in somebody's name. Durable when it resolves; listeners get it after that. */
  async publish(type: string, data: Json, by: string): Promise<string> {
    const id = newId('bus', this.#clock.now());
    const durable = this.#journaled.append('publish-event', [
      { kind: 'event.published', body: { id, type, data, by } },
    ]);
    const { seq } = this.#journaled.snapshot;
    this.#published.set(seq, { id, by });
    await durable;
    void this.#delivery.run();
    await this.#journaled.checkpointIfDue();
    return id;
  }

  /** All who listen have been taken up: delivers, first what an earlier program did not see delivered. */
  async deliver(): Promise<void> {
    this.#isKeeping = false;
    await this.#redeliver();
  }

  async #redeliver(): Promise<void> {
    for (const { seq } of [...this.#journaled.snapshot.outbox.values()]) {
      const [entry] = await this.#journal.read(nodeStream, { after: seq - 1, limit: 1 });
      if (entry?.kind === 'event.published') this.#published.set(seq, entry.body);
    }
    await this.#delivery.run();
  }

  /** Delivers nothing from now on: the next program will. */
  keep(): void {
    this.#isKeeping = true;
  }

  async close(reason: string): Promise<void> {
    await this.#journaled.append('stop-node', [{ kind: 'node.stopped', body: { reason } }]);
  }

  async #deliver({ seq, at, effects }: Outgoing): Promise<void> {
    if (this.#isKeeping) throw new RuntimeError('NODE_CLOSING', 'The node is closing.');
    const { id = '', by = '' } = this.#published.get(seq) ?? {};
    await Promise.all(
      effects.map(
        (effect) =>
          effect.type === 'emit' &&
          this.#bus.publish({ id, type: effect.eventType, source: by, data: effect.data, at, seq, position: 0 }),
      ),
    );
    this.#published.delete(seq);
  }
}
