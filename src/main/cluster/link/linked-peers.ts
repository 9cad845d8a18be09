import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { Clock } from '../../lib/clock.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';
import { Answers } from '../answers.ts';
import type { ClusterBook } from '../cluster-book.ts';
import type { Identity } from '../identity/identity.ts';
import type { AskOptions, Peer, PeerAnswer, PeerRole, Peers } from '../peers.ts';
import { addressText, parseAddress, plainHost } from './addresses.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { admitOne, duplicate, readHello } from './presence.ts';
import { PeerSession } from './session.ts';
import { dial, peerProtocol, serveLinks } from './tls.ts';

export interface LinkedPeersOptions {
  identity: Identity;
  book: ClusterBook;
  clock: Clock;
  /** What others see of this node besides its key. */
  name(): string;
  version: string;
  /** Drawn anew at each start. */
  boot: string;
  log(level: 'info' | 'warn' | 'error', message: string, details: JsonObject): void;
}

const usualTimeoutMs = 10_000;
const dialTimeoutMs = 4_000;
/** How long the last words to peers may take. */
const quietMs = 700;
const mostAddresses = 8;
const mostSessionsPerNode = 4;

/** Peers over mutual TLS: one connection carries questions and answers of both sides, and either may begin it. */
export class LinkedPeers implements Peers {
  readonly self: string;
  readonly #options: LinkedPeersOptions;
  readonly #answers = new Answers();
  /** The latest last. */
  readonly #sessions = new Map<string, PeerSession[]>();
  readonly #dialling = new Map<string, Promise<PeerSession>>();
  readonly #hints = new Map<string, Set<string>>();
  readonly #refusals = new Map<string, RuntimeError>();
  /** Who knocks again and again fills no log. */
  readonly #strangers: TokenBucket;
  readonly #limit: ConnectionLimit;
  readonly #unwatch: () => void;
  #roles = '';
  readonly #listeners = new Set<() => void>();
  #pairing: ((socket: TLSSocket, node: string) => void) | undefined;
  #server: Server | undefined;
  #port: number | null = null;
  #closed = false;

  constructor(options: LinkedPeersOptions) {
    this.#options = options;
    this.self = options.identity.node;
    this.#strangers = new TokenBucket(options.clock, 0.1, 20);
    this.#limit = new ConnectionLimit(options.clock);
    this.#roles = this.#rolesText();
    this.#unwatch = options.book.onChange(() => this.#bookChanged());
    this.answer('alive', 'observe', async () => true);
  }

  /** Where it listens; null: nowhere. */
  get port(): number | null {
    return this.#port;
  }

  /** @param port 0 takes a free one. @throws RuntimeError `PORT_TAKEN`, `KEYCHAIN_UNAVAILABLE` */
  async listen(port: number, host?: string): Promise<void> {
    const server = serveLinks(this.#options.identity, (socket, node, protocol) => {
      if (protocol !== peerProtocol) this.#welcomePairing(socket, node);
      else this.#welcome(socket, node);
    });
    server.on('connection', (socket: Socket) => this.#limit.admit(socket));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ port, ...(host ? { host } : {}) }, resolve);
    try {
      await promise;
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (code !== 'EADDRINUSE') throw cause;
      throw new RuntimeError('PORT_TAKEN', `Another program listens on port ${port} already.`, { port }, { cause });
    }
    this.#server = server;
    this.#port = (server.address() as { port: number }).port;
  }

  /** Stops listening and ends all sessions; it may listen again. */
  async quiet(
    reason = new RuntimeError('PEER_UNREACHABLE', 'The peer cannot be reached: it is closing.'),
  ): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#port = null;
    for (const sessions of [...this.#sessions.values()]) for (const session of [...sessions]) session.close(reason);
    if (!server) return;
    const disarm = this.#options.clock.after(quietMs, () => this.#limit.hangUp());
    await new Promise((resolve) => server.close(resolve));
    disarm();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    await this.quiet();
  }

  list(): readonly Peer[] {
    return this.#options.book.state.pairs.map(({ node, name, role }) => ({ node, name, role }));
  }

  answer(question: string, least: PeerRole, answer: PeerAnswer): () => void {
    return this.#answers.add(question, least, answer);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async ask(
    node: string,
    question: string,
    body: Json,
    { timeoutMs = usualTimeoutMs, signal, isRepeatable = false }: AskOptions = {},
  ): Promise<Json> {
    if (node === this.self) return this.#answers.giveSelf(this.self, question, body, signal);
    if (!this.#options.book.pair(node)) {
      throw new RuntimeError('PEER_UNKNOWN', `This node is not paired with ${node}.`, { node });
    }
    const begun = this.#options.clock.elapsed();
    const leftMs = () => Math.max(1, timeoutMs - (this.#options.clock.elapsed() - begun));
    const session = await this.#sessionWith(node, timeoutMs, signal);
    try {
      return await session.ask(question, body, leftMs(), signal);
    } catch (thrown) {
      const mayGoOn = isRepeatable && !session.isOpen && !signal?.aborted && leftMs() > 1;
      if (!mayGoOn || !isUnreachable(thrown)) throw thrown;
    }
    // As when the other has gone to another address: a new line finds it there.
    const another = await this.#sessionWith(node, leftMs(), signal);
    return another.ask(question, body, leftMs(), signal);
  }

  /** Takes connections of nodes that want to be paired; before that they are hung up on. */
  welcomePairings(welcome: (socket: TLSSocket, node: string) => void): void {
    this.#pairing = welcome;
  }

  /** An address where the node may be, from somebody who may be wrong. */
  hint(node: string, address: string): void {
    const hints = this.#hints.get(node) ?? new Set();
    this.#hints.set(node, hints);
    hints.delete(address);
    hints.add(address);
    for (const oldest of hints) if (hints.size > mostAddresses) hints.delete(oldest);
  }

  /** Whether a session with the node is open just now. */
  isLinked(node: string): boolean {
    return (this.#sessions.get(node)?.length ?? 0) > 0;
  }

  /** Why the node does not let this one in, or the other way round; undefined: nothing stands against it. */
  refusal(node: string): RuntimeError | undefined {
    return this.#refusals.get(node);
  }

  /** Goes to an address and links up with whoever is there, if that is a paired node. Gives its id. */
  async visit(address: string): Promise<string | null> {
    const stop = new AbortController();
    const disarm = this.#options.clock.after(dialTimeoutMs, () => stop.abort());
    const met = await dial(this.#options.identity, parseAddress(address), peerProtocol, null, stop.signal).finally(
      disarm,
    );
    const isWanted = this.#options.book.pair(met.node) && !this.isLinked(met.node) && !this.#closed;
    if (isWanted) this.#begin(met.socket, met.node, address);
    else met.socket.destroy();
    return this.#options.book.pair(met.node) ? met.node : null;
  }

  /** The open session, or a new one; all who wait for one share it. */
  async #sessionWith(node: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<PeerSession> {
    const open = this.#sessions.get(node)?.at(-1);
    if (open) return open;
    let dialling = this.#dialling.get(node);
    if (!dialling) {
      dialling = this.#dial(node).finally(() => this.#dialling.delete(node));
      dialling.catch(() => {});
      this.#dialling.set(node, dialling);
    }
    const { promise: never, reject } = Promise.withResolvers<never>();
    const giveUp = () => reject(new RuntimeError('PEER_UNREACHABLE', 'The question was given up.', { node }));
    const disarm = this.#options.clock.after(timeoutMs, giveUp);
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted) giveUp();
    try {
      return await Promise.race([dialling, never]);
    } finally {
      disarm();
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Tries all addresses at the same time; the first that proves to be the node is taken. */
  async #dial(node: string): Promise<PeerSession> {
    const { book, identity, clock } = this.#options;
    const pair = book.pair(node);
    if (pair?.duplicate) throw duplicate(pair.name);
    const known = [...(this.#hints.get(node) ?? [])].reverse();
    const addresses = [...new Set([...(pair?.addresses.slice(0, 1) ?? []), ...known, ...(pair?.addresses ?? [])])];
    if (addresses.length === 0) {
      throw new RuntimeError('PEER_UNREACHABLE', `Nobody knows where ${pair?.name ?? node} is just now.`, { node });
    }
    const stop = new AbortController();
    const disarm = clock.after(dialTimeoutMs, () => stop.abort());
    try {
      const attempts = addresses.slice(0, mostAddresses).map(async (address) => {
        const { socket } = await dial(identity, parseAddress(address), peerProtocol, node, stop.signal);
        return { socket, address };
      });
      const { socket, address } = await Promise.any(attempts);
      for (const attempt of attempts)
        attempt.then(
          (other) => other.socket !== socket && other.socket.destroy(),
          () => {},
        );
      if (this.#closed) socket.destroy();
      const session = this.#begin(socket, node, address);
      await session.ready;
      return session;
    } catch (thrown) {
      const cause: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
      if (cause instanceof RuntimeError) throw cause;
      throw new RuntimeError('PEER_UNREACHABLE', asError(cause).message, { node }, { cause });
    } finally {
      disarm();
      stop.abort();
    }
  }

  #welcome(socket: TLSSocket, node: string): void {
    if (!this.#options.book.pair(node)) {
      if (this.#strangers.take() === 0) {
        const address = plainHost(socket.remoteAddress);
        this.#options.log('warn', 'a node that is not paired was refused', { code: 'PEER_UNKNOWN', node, address });
      }
      refuse(socket);
      return;
    }
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 15_000);
    this.#begin(socket, node, null);
  }

  #welcomePairing(socket: TLSSocket, node: string): void {
    if (this.#pairing) this.#pairing(socket, node);
    else refuse(socket);
  }

  /** @param dialled the address it was reached at; null: it came by itself, and says where it listens. */
  #begin(socket: TLSSocket, node: string, dialled: string | null): PeerSession {
    const { book, clock, name, version, boot, log } = this.#options;
    const host = plainHost(socket.remoteAddress);
    const session = new PeerSession(socket, {
      clock,
      hello: { protocol: 1, name: name(), version, boot, generation: book.state.generation, port: this.#port },
      admit: async (said, joining) => {
        const hello = readHello(said);
        try {
          await admitOne(book, node, hello, this.#sessions.get(node) ?? []);
        } catch (thrown) {
          if (thrown instanceof RuntimeError && thrown.code === 'NODE_ID_DUPLICATE') this.#shutOut(node, thrown);
          throw thrown;
        }
        const address = dialled ?? (hello.port ? addressText({ host, port: hello.port }) : null);
        this.#remember(node, hello.name, address);
        this.#keep(node, joining);
      },
      answer: (question, body, signal) => {
        const role = book.pair(node)?.role;
        if (!role) throw new RuntimeError('PEER_REFUSED', 'This node is not paired with yours any more.');
        return this.#answers.give(question, { from: node, role, body, signal });
      },
      onEnd: (ended, reason) => {
        if (reason.code === 'PEER_REFUSED' || reason.code === 'NODE_ID_DUPLICATE') this.#refusals.set(node, reason);
        const left = (this.#sessions.get(node) ?? []).filter((other) => other !== ended);
        if (left.length > 0) this.#sessions.set(node, left);
        else this.#sessions.delete(node);
      },
      onFault: (thrown, question) =>
        log('error', 'a question of a peer could not be answered', { node, question, error: asError(thrown).message }),
    });
    return session;
  }

  #keep(node: string, session: PeerSession): void {
    if (!session.isOpen) return;
    this.#refusals.delete(node);
    const sessions = [...(this.#sessions.get(node) ?? []), session];
    this.#sessions.set(node, sessions);
    const surplus = sessions.length > mostSessionsPerNode ? sessions[0] : undefined;
    surplus?.close(new RuntimeError('PEER_UNREACHABLE', 'The peer cannot be reached: a newer connection is used.'));
  }

  #remember(node: string, name: string, address: string | null): void {
    const pair = this.#options.book.pair(node);
    if (!pair) return;
    const addresses = address ? [address, ...pair.addresses.filter((other) => other !== address)] : pair.addresses;
    this.#options.book.notePair({ ...pair, name, addresses: addresses.slice(0, mostAddresses) });
  }

  #shutOut(node: string, reason: RuntimeError): void {
    this.#options.log('error', reason.message, { code: reason.code, node });
    for (const session of [...(this.#sessions.get(node) ?? [])]) session.close(reason);
  }

  /** Whoever is not in the book any more is cut off now, not when it next asks. */
  #bookChanged(): void {
    for (const [node, sessions] of [...this.#sessions]) {
      if (this.#options.book.pair(node)) continue;
      const reason = new RuntimeError('PEER_REFUSED', 'This node is not paired with yours any more.');
      for (const session of [...sessions]) session.close(reason);
    }
    const roles = this.#rolesText();
    if (roles === this.#roles) return;
    this.#roles = roles;
    for (const listener of [...this.#listeners]) listener();
  }

  #rolesText(): string {
    return this.#options.book.state.pairs.map(({ node, role }) => `${node} ${role}`).join();
  }
}

function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof RuntimeError && thrown.code === 'PEER_UNREACHABLE';
}

/** Not a byte for those who are not known; the end comes as an end, so that a node that was revoked can tell. */
function refuse(socket: TLSSocket): void {
  socket.end();
  setTimeout(() => socket.destroy(), 500).unref();
}
