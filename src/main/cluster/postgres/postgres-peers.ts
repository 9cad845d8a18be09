import { randomUUID } from 'node:crypto';
import { fromWire, RuntimeError, toWire, type WireError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Postgres } from '../../store/postgres.ts';
import { Answers } from '../answers.ts';
import { type AskOptions, maxMessageBytes, type Peer, type PeerRole, type Peers } from '../peers.ts';
import { type Letter, Mail } from './mail.ts';
import { type DatabaseNode, nodesAt } from './nodes-at.ts';

const usualTimeoutMs = 10_000;
/** How often is looked for what has come; the server's word only makes it faster. */
const lookEveryMs = 500;
const nodesEveryMs = 5_000;
/** Who shares a database can write anything into anybody's journal; a smaller role would keep nobody from anything. */
const role: PeerRole = 'member';

export interface PostgresPeersOptions {
  readonly postgres: Postgres;
  readonly node: string;
  readonly clock: Clock;
}

/**
 * The nodes that share a database, asked through it. All of them are members: whoever can read and write the journals
 * can do all that these questions do. Without the database nobody can be reached.
 */
export class PostgresPeers implements Peers {
  readonly self: string;
  readonly #postgres: Postgres;
  readonly #clock: Clock;
  readonly #mail: Mail;
  readonly #answers = new Answers();
  readonly #listeners = new Set<() => void>();
  readonly #asked = new Map<string, PromiseWithResolvers<Json>>();
  readonly #working = new Map<string, AbortController>();
  readonly #undo: (() => void)[] = [];
  #nodes = new Map<string, DatabaseNode>();
  #looking: Promise<void> | undefined;
  #isWanted = false;
  #disarmLook: (() => void) | undefined;
  #disarmNodes: (() => void) | undefined;
  #isClosed = false;

  constructor({ postgres, node, clock }: PostgresPeersOptions) {
    this.self = node;
    this.#postgres = postgres;
    this.#clock = clock;
    this.#mail = new Mail(postgres, node);
  }

  /** Begins to ask and to answer. Resolves when it is known who is there. */
  async start(): Promise<void> {
    this.#undo.push(this.#mail.listen(() => this.#lookSoon()));
    this.#lookSoon();
    await this.#follow();
  }

  /** Those at the database, with when each came there. */
  nodes(): readonly DatabaseNode[] {
    return [...this.#nodes.values()];
  }

  list(): readonly Peer[] {
    return this.nodes().map(({ node, name }) => ({ node, name, role }));
  }

  async ask(
    node: string,
    question: string,
    body: Json,
    { timeoutMs = usualTimeoutMs, signal }: AskOptions = {},
  ): Promise<Json> {
    if (node === this.self) return this.#answers.giveSelf(this.self, question, body, signal);
    // One that has just come is not known here yet.
    if (!this.#nodes.has(node)) await this.#refresh().catch(() => {});
    if (!this.#nodes.has(node))
      throw new RuntimeError('PEER_UNKNOWN', `There is no node ${node} at the database of this one.`, { node });
    const letter = { node, ref: randomUUID(), question, leftMs: timeoutMs };
    const asked = Promise.withResolvers<Json>();
    const giveUp = (why: string) => {
      asked.reject(unreachable(node, why));
      this.#post({ ...letter, kind: 'stop', body: '' });
    };
    const text = textOf(body);
    if (this.#isClosed || signal?.aborted) throw unreachable(node, 'the question was given up');
    const onAbort = () => giveUp('the question was given up');
    const disarm = this.#clock.after(timeoutMs, () => giveUp(`no answer within ${timeoutMs} ms`));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#asked.set(letter.ref, asked);
    this.#mail
      .post({ ...letter, kind: 'ask', body: text })
      .catch((thrown: unknown) => asked.reject(unreachable(node, toWire(thrown).message)));
    try {
      return await asked.promise;
    } finally {
      disarm();
      signal?.removeEventListener('abort', onAbort);
      this.#asked.delete(letter.ref);
    }
  }

  answer(...[question, least, answer]: Parameters<Peers['answer']>): () => void {
    return this.#answers.add(question, least, answer);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#disarmLook?.();
    this.#disarmNodes?.();
    for (const undo of this.#undo) undo();
    for (const working of this.#working.values()) working.abort();
    for (const asked of this.#asked.values()) asked.reject(unreachable(this.self, 'this node is closing'));
  }

  #post(letter: Letter): void {
    // What does not arrive is not waited for longer than its deadline.
    this.#mail.post(letter).catch(() => {});
  }

  #lookSoon(): void {
    if (this.#isClosed) return;
    this.#isWanted = true;
    this.#looking ??= this.#lookWhileWanted().finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookWhileWanted(): Promise<void> {
    this.#disarmLook?.();
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false;
      // While the database is away nothing comes.
      const letters = await this.#mail.take().catch(() => []);
      for (const letter of letters) this.#open(letter);
    }
    if (!this.#isClosed) this.#disarmLook = this.#clock.after(lookEveryMs, () => this.#lookSoon());
  }

  #open(letter: Letter): void {
    const { kind, ref, body } = letter;
    if (kind === 'ask') void this.#reply(letter);
    else if (kind === 'stop') this.#working.get(ref)?.abort();
    else if (kind === 'answer') this.#asked.get(ref)?.resolve(JSON.parse(body) as Json);
    else this.#asked.get(ref)?.reject(fromWire(JSON.parse(body) as WireError));
  }

  async #reply({ node: from, ref, question, body, leftMs }: Letter): Promise<void> {
    const stop = new AbortController();
    const disarm = this.#clock.after(leftMs, () => stop.abort());
    this.#working.set(ref, stop);
    const reply = { node: from, ref, question, leftMs };
    try {
      const request = { from, role, body: JSON.parse(body) as Json, signal: stop.signal };
      const answer = textOf(await this.#answers.give(question, request));
      if (!stop.signal.aborted) this.#post({ ...reply, kind: 'answer', body: answer });
    } catch (thrown) {
      if (!stop.signal.aborted) this.#post({ ...reply, kind: 'failure', body: JSON.stringify(toWire(thrown)) });
    } finally {
      disarm();
      this.#working.delete(ref);
    }
  }

  async #follow(): Promise<void> {
    try {
      await this.#refresh();
      await this.#mail.sweep();
    } catch {
      // Those who were there are taken to be there still.
    }
    if (!this.#isClosed) this.#disarmNodes = this.#clock.after(nodesEveryMs, () => void this.#follow());
  }

  async #refresh(): Promise<void> {
    const found = await nodesAt(this.#postgres);
    const nodes = new Map(found.filter(({ node }) => node !== this.self).map((one) => [one.node, one]));
    const isChanged = namesIn(nodes) !== namesIn(this.#nodes);
    this.#nodes = nodes;
    if (isChanged && !this.#isClosed) for (const listener of [...this.#listeners]) listener();
  }
}

function namesIn(nodes: ReadonlyMap<string, DatabaseNode>): string {
  return JSON.stringify([...nodes.values()].map(({ node, name }) => [node, name]));
}

/** @throws RuntimeError `BODY_TOO_LARGE` */
function textOf(value: Json): string {
  const text = JSON.stringify(value ?? null);
  if (text.length <= maxMessageBytes && Buffer.byteLength(text) <= maxMessageBytes) return text;
  throw new RuntimeError('BODY_TOO_LARGE', `Nodes send each other ${maxMessageBytes} bytes at a time at most.`);
}

function unreachable(node: string, why: string): RuntimeError {
  return new RuntimeError('PEER_UNREACHABLE', `Node ${node} cannot be reached through the database: ${why}.`, { node });
}
