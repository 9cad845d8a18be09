import type { HandAnswer, HandedEnd, HandedJson } from '../../../shared/crossing.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Peers } from '../peers.ts';
import { areLabels } from './labels.ts';
import type { LocalNode } from './local-node.ts';
import type { Roster } from './roster.ts';

const firstWaitMs = 200;
const longestWaitMs = 5_000;
/** A message that is with another node is asked after this often, in case the word of its end was lost. */
const askAfterMs = 10_000;

export interface RoutesParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly roster: Roster;
  readonly local: Pick<LocalNode, 'joinTaker' | 'settle' | 'hand' | 'process' | 'log'>;
}

interface Joined {
  node: string;
  epoch: number;
  text: string;
  leave: () => void;
}

interface Handed {
  process: string;
  message: HandedJson;
  trigger: string | null;
}

/**
 * Lets processes of other nodes take messages that wait in the broker of this one.
 *
 * Invariants:
 *   R1. A message is handed to a process, wherever that lives: when its node is silent, the handing is tried again until
 *       the process, there or elsewhere, says yes or no. Nobody else gets the message meanwhile.
 *   R2. How it ended is asked for until it is known; the word of the other node only makes it faster.
 */
export class MessageRoutes {
  readonly #parts: RoutesParts;
  readonly #joined = new Map<string, Joined>();
  readonly #handed = new Map<string, Handed>();
  readonly #tries = new Map<string, Promise<{ filtered?: boolean }>>();
  /** Which node a message that is worked on here came from. */
  readonly #origins = new Map<string, string>();
  readonly #undo: (() => void)[];
  #disarm: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: RoutesParts) {
    this.#parts = parts;
    this.#undo = [
      parts.roster.onChange(() => this.refresh()),
      parts.peers.answer('message.hand', 'member', ({ from, body }) => this.#hand(from, body)),
      parts.peers.answer('message.ended', 'member', async ({ body }) => {
        await this.#end(body as unknown as HandedEnd);
        return null;
      }),
    ];
    this.#arm();
  }

  /** Processes of other nodes join and leave the broker as they are heard of. */
  refresh(): void {
    if (this.#isClosed) return;
    const present = new Set<string>();
    for (const [node, { processes }] of this.#parts.roster.nodes()) {
      for (const { name, epoch, taker } of processes) {
        const elsewhere = this.#parts.roster.whereIs(name);
        if (this.#parts.local.process(name) || elsewhere?.node !== node) continue;
        present.add(name);
        const text = JSON.stringify(taker);
        const before = this.#joined.get(name);
        if (before?.node === node && before.epoch === epoch && before.text === text) continue;
        before?.leave();
        this.#joined.set(name, { node, epoch, text, leave: this.#join(name, taker.triggers) });
      }
    }
    for (const [name, { leave }] of this.#joined) {
      if (present.has(name)) continue;
      leave();
      this.#joined.delete(name);
    }
  }

  /** A message that another node handed over has ended here. */
  tellEnd(end: HandedEnd): void {
    const origin = this.#origins.get(end.message);
    if (!origin) return;
    this.#origins.delete(end.message);
    this.#parts.peers.ask(origin, 'message.ended', end as unknown as Json).catch(() => {});
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
    for (const { leave } of this.#joined.values()) leave();
    for (const undo of this.#undo) undo();
  }

  #join(process: string, triggers: readonly { id: string; pattern: string }[]): () => void {
    const about = () => {
      const { roster } = this.#parts;
      const found = roster.whereIs(process);
      return found && roster.isFresh(found.node) ? found.about : undefined;
    };
    return this.#parts.local.joinTaker({
      process,
      triggers,
      capacity: () => about()?.taker.capacity ?? 0,
      load: () => about()?.waiting ?? 0,
      take: (message, trigger) => this.#take({ process, message, trigger }),
    });
  }

  #take(handed: Handed): Promise<{ filtered?: boolean }> {
    const { id, handing } = handed.message;
    this.#handed.set(id, handed);
    const key = `${id}\n${handing}`;
    let trying = this.#tries.get(key);
    if (!trying) {
      trying = this.#untilAnswered(handed).finally(() => this.#tries.delete(key));
      this.#tries.set(key, trying);
    }
    return trying;
  }

  async #untilAnswered(handed: Handed): Promise<{ filtered?: boolean }> {
    for (let failures = 1; ; failures++) {
      try {
        const { filtered, ended } = await this.#ask(handed);
        if (filtered) this.#handed.delete(handed.message.id);
        if (ended) await this.#end(ended);
        return { filtered };
      } catch (thrown) {
        if (this.#isClosed || !isOpen(thrown)) {
          this.#handed.delete(handed.message.id);
          throw thrown;
        }
      }
      await new Promise<void>((go) => {
        this.#parts.clock.after(backoffMs(failures, firstWaitMs, longestWaitMs), go);
      });
      if (this.#isClosed) throw new RuntimeError('NODE_CLOSING', 'The node is closing.');
    }
  }

  async #ask({ process, message, trigger }: Handed): Promise<HandAnswer> {
    const { local, roster, peers } = this.#parts;
    if (local.process(process)) return local.hand(process, message, trigger, null);
    const where = roster.whereIs(process);
    if (!where) throw new RuntimeError('PROCESS_NOT_FOUND', `No node says that "${process}" lives there.`, { process });
    return (await peers.ask(where.node, 'message.hand', { process, message, trigger })) as unknown as HandAnswer;
  }

  async #hand(from: string, body: Json): Promise<Json> {
    if (!isJsonObject(body) || !isJsonObject(body['message']))
      throw new RuntimeError('REQUEST_INVALID', 'What was handed over is not a message.');
    const message = body['message'] as HandedJson;
    if (message['taint'] !== undefined && !areLabels(message['taint']))
      throw new RuntimeError('REQUEST_INVALID', 'The labels of what was handed over are not texts.');
    const trigger = typeof body['trigger'] === 'string' ? body['trigger'] : null;
    this.#origins.set(message.id, from);
    const answer = await this.#parts.local.hand(String(body['process']), message, trigger, from);
    if (answer.filtered || answer.ended) this.#origins.delete(message.id);
    return answer as unknown as Json;
  }

  async #end(end: HandedEnd): Promise<void> {
    this.#handed.delete(end.message);
    await this.#parts.local.settle(end);
  }

  #arm(): void {
    this.#disarm = this.#parts.clock.after(askAfterMs, () => {
      for (const handed of this.#handed.values()) this.#take(handed).catch(() => {});
      this.#arm();
    });
  }
}

/** Whether the process may have taken it all the same, or may yet. */
function isOpen(thrown: unknown): boolean {
  const { code } = toWire(thrown);
  return ['PEER_UNREACHABLE', 'PROCESS_NOT_FOUND', 'NODE_CLOSING', 'LEASE_LOST', 'STALE_EPOCH', 'INTERNAL'].includes(
    code,
  );
}
