import type { HookReply, HookRequest } from '../../../shared/crossing.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import { newId } from '../../../shared/ids.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Database } from '../../store/database.ts';
import type { Peers } from '../peers.ts';
import type { LocalNode } from './local-node.ts';
import type { Roster } from './roster.ts';

/** How many requests wait here for other nodes, and how large they are together. */
const mostWaiting = 10_000;
const mostBytes = 64 << 20;
/** So long the sender is kept waiting for the owner's own answer. */
const patienceMs = 2_000;
const firstWaitMs = 250;
const longestWaitMs = 5_000;
/** What an owner says that will say the same again. */
const final = [
  'SIGNATURE_INVALID',
  'SOURCE_NOT_ALLOWED',
  'METHOD_NOT_ALLOWED',
  'HOOK_NOT_FOUND',
  'CONTENT_TYPE',
  'JSON_INVALID',
  'BODY_TOO_LARGE',
  'REQUEST_INVALID',
  'TEXT_INVALID',
  'JSON_TOO_COMPLEX',
];

export interface ForwardingParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly db: Database;
  readonly roster: Roster;
  readonly local: Pick<LocalNode, 'process' | 'receive' | 'log'>;
  /** Whether a process lived here or lives on another node; what nobody knows is not stored. */
  isKnown(process: string): boolean;
  /** Why it may be somewhere all the same. */
  whereabouts(process: string): string | null;
}

interface Stored {
  id: string;
  process: string;
  request: string;
}

/**
 * Takes webhooks for processes of other nodes: stored first, then brought to the owner, who alone can judge them.
 *
 * Invariants:
 *   H1. What is answered with 202 is stored, here or with the owner.
 *   H2. A request that is brought twice is one event: it carries an id, and the delivery id of its sender.
 */
export class HookForwarding {
  readonly #parts: ForwardingParts;
  readonly #undo: () => void;
  readonly #bringing = new Map<string, Promise<HookReply>>();
  #failures = 0;
  #disarm: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: ForwardingParts) {
    this.#parts = parts;
    this.#undo = parts.peers.answer('hook.take', 'member', ({ body }) => this.#receive(body));
  }

  start(): void {
    this.#bringAll();
  }

  /**
   * For a process that does not live here. Answers what its owner answers, or that it is stored.
   * @throws RuntimeError `PROCESS_NOT_FOUND`, `HOOK_NOT_READY`, `PEER_BACKLOG_FULL`, and what the owner says against it.
   */
  async take(process: string, request: HookRequest): Promise<HookReply> {
    if (!this.#parts.isKnown(process)) throw this.#unknown(process);
    const id = newId('hook', this.#parts.clock.now());
    const stored = { id, process, request: JSON.stringify(request) };
    this.#store(stored);
    const brought = this.#bring(stored);
    const waited = new Promise<'later'>((later) => this.#parts.clock.after(patienceMs, () => later('later')));
    const outcome = await Promise.race([brought.catch((thrown: unknown) => ({ thrown })), waited]);
    if (outcome !== 'later' && 'thrown' in outcome && isFinal(outcome.thrown)) throw outcome.thrown;
    if (outcome !== 'later' && 'status' in outcome) return outcome;
    this.#tryLater();
    return { status: 202, body: { status: 'stored', id, reason: `stored; it is brought to the node of "${process}"` } };
  }

  /** Nothing is stored for what nobody has heard of; whether there is no such process is another question. */
  #unknown(process: string): RuntimeError {
    const why = this.#parts.whereabouts(process);
    return why === null
      ? new RuntimeError('PROCESS_NOT_FOUND', `There is no process "${process}".`, { name: process })
      : new RuntimeError('HOOK_NOT_READY', `Nobody can say yet whether there is a process "${process}": ${why}.`, {
          process,
        });
  }

  waiting(): number {
    return this.#parts.db.prepare('SELECT count(*) FROM hooks').pluck().get() as number;
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
    this.#undo();
  }

  #store({ id, process, request }: Stored): void {
    const { db, clock } = this.#parts;
    const [count, bytes] = db.prepare('SELECT count(*), coalesce(sum(bytes), 0) FROM hooks').raw().get() as [
      number,
      number,
    ];
    if (count >= mostWaiting || bytes + request.length > mostBytes) {
      throw new RuntimeError(
        'PEER_BACKLOG_FULL',
        `${count} requests wait here already for nodes that cannot be reached; nothing was stored.`,
        { waiting: count },
      );
    }
    db.prepare('INSERT INTO hooks (id, process, request, at, bytes) VALUES (?, ?, ?, ?, ?)').run(
      id,
      process,
      request,
      clock.now(),
      request.length,
    );
  }

  #bring(stored: Stored): Promise<HookReply> {
    let bringing = this.#bringing.get(stored.id);
    if (!bringing) {
      bringing = this.#bringOnce(stored).finally(() => this.#bringing.delete(stored.id));
      bringing.catch(() => {});
      this.#bringing.set(stored.id, bringing);
    }
    return bringing;
  }

  async #bringOnce({ id, process, request }: Stored): Promise<HookReply> {
    const { local } = this.#parts;
    const body = { ...(JSON.parse(request) as HookRequest), onceId: id };
    try {
      const reply = local.process(process) ? await local.receive(process, body) : await this.#askOwner(process, body);
      this.#forget(id);
      return reply;
    } catch (thrown) {
      if (isFinal(thrown)) {
        this.#forget(id);
        local.log('warn', `a webhook for "${process}" was refused by its node`, { code: toWire(thrown).code });
      }
      throw thrown;
    }
  }

  async #askOwner(process: string, request: HookRequest): Promise<HookReply> {
    const where = this.#parts.roster.whereIs(process);
    if (!where) throw new RuntimeError('PEER_UNREACHABLE', `No node says that "${process}" lives there.`, { process });
    const body = { process, request } as unknown as Json;
    return (await this.#parts.peers.ask(where.node, 'hook.take', body)) as unknown as HookReply;
  }

  async #receive(body: Json): Promise<Json> {
    if (!isJsonObject(body) || !isJsonObject(body['request']))
      throw new RuntimeError('REQUEST_INVALID', 'What was brought is not a request to a webhook.');
    const request = body['request'] as unknown as HookRequest;
    return (await this.#parts.local.receive(String(body['process']), request)) as unknown as Json;
  }

  #forget(id: string): void {
    this.#parts.db.prepare('DELETE FROM hooks WHERE id = ?').run(id);
  }

  #bringAll(): void {
    if (this.#isClosed) return;
    const waiting = this.#parts.db
      .prepare('SELECT id, process, request FROM hooks ORDER BY id LIMIT 100')
      .all() as Stored[];
    if (waiting.length === 0) return;
    void Promise.allSettled(waiting.map((stored) => this.#bring(stored))).then((outcomes) => {
      const isStuck = outcomes.every(({ status }) => status === 'rejected');
      this.#failures = isStuck ? this.#failures + 1 : 0;
      this.#tryLater();
    });
  }

  #tryLater(): void {
    if (this.#isClosed) return;
    this.#disarm ??= this.#parts.clock.after(backoffMs(this.#failures + 1, firstWaitMs, longestWaitMs), () => {
      this.#disarm = undefined;
      this.#bringAll();
    });
  }
}

function isFinal(thrown: unknown): boolean {
  return final.includes(toWire(thrown).code);
}
