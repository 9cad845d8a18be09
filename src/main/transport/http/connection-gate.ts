import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { OpenBySource } from '../../lib/open-by-source.ts';
import { sourceOf } from '../access/failed-auth-limit.ts';

export interface GateLimits {
  maxOpen: number;
  /** Beyond those that are open; unread, in the order they came. */
  maxWaiting: number;
  maxWaitMs: number;
  /** For each address but this computer's own, whose programs all share one. */
  maxPerAddress: number;
  /** How long a connection may keep its place without sending headers, and without ending its body, when others wait. */
  headerPatienceMs: number;
  bodyPatienceMs: number;
}

export const gateLimits: GateLimits = {
  maxOpen: 512,
  maxWaiting: 1_024,
  maxWaitMs: 5_000,
  maxPerAddress: 64,
  headerPatienceMs: 100,
  bodyPatienceMs: 2_000,
};

interface Connection {
  /** What it does: nothing since its last answer, sending headers, sending a body, or waiting for our answer. */
  phase: 'idle' | 'headers' | 'body' | 'working';
  since: number;
  bytesBefore: number;
}

interface Arrival {
  socket: Socket;
  at: number;
  enter: () => void;
}

/**
 * Keeps the number of open connections finite without letting a few slow ones keep the rest out.
 *
 * 1. While there is room, a connection enters at once.
 * 2. Without room it waits, unread. Meanwhile answers close their connection, and those who keep a place without using it
 *    lose it: idle ones, and ones that have not sent headers (or a body) within the patience, oldest first.
 * 3. Who has waited too long, or finds too many waiting, gets 503.
 */
export class ConnectionGate {
  readonly #open = new Map<Socket, Connection>();
  readonly #perSource = new OpenBySource();
  #waiting: Arrival[] = [];
  #disarm: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #limits: GateLimits;

  constructor(clock: Clock, limits: GateLimits = gateLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get open(): number {
    return this.#open.size;
  }

  get crowded(): boolean {
    return this.#waiting.length > 0;
  }

  /** Stands between a server and its connections. */
  guard(server: Server, event: 'connection' | 'secureConnection' = 'connection'): void {
    const listeners = server.listeners(event) as ((socket: Socket) => void)[];
    server.removeAllListeners(event);
    server.on(event, (socket: Socket) => {
      this.#arrive({
        socket,
        at: this.#clock.elapsed(),
        enter: () => {
          for (const listener of listeners) listener.call(server, socket);
        },
      });
    });
  }

  /** Says what a connection does now. `idle` is for when its answer has been sent. */
  note(socket: Socket, phase: Connection['phase']): void {
    const connection = this.#open.get(socket);
    if (!connection) return;
    connection.phase = phase;
    connection.since = this.#clock.elapsed();
    connection.bytesBefore = socket.bytesRead;
    if (phase === 'idle' && this.crowded) this.#letIn();
  }

  close(): void {
    this.#disarm?.();
    for (const { socket } of this.#waiting) socket.destroy();
    this.#waiting = [];
  }

  #arrive(arrival: Arrival): void {
    const { socket } = arrival;
    const source = sourceOf(socket.remoteAddress);
    const tooMany = source !== 'loopback' && this.#perSource.of(source) >= this.#limits.maxPerAddress;
    if (tooMany || this.#waiting.length >= this.#limits.maxWaiting) {
      this.#refuse(socket, unavailable);
      return;
    }
    this.#perSource.add(source, socket);
    socket.once('close', () => this.#left(socket));
    if (this.#open.size < this.#limits.maxOpen && !this.crowded) {
      this.#enter(arrival);
      return;
    }
    socket.on('error', ignore);
    this.#waiting.push(arrival);
    this.#letIn();
  }

  #enter({ socket, enter }: Arrival): void {
    this.#open.set(socket, { phase: 'headers', since: this.#clock.elapsed(), bytesBefore: 0 });
    enter();
  }

  #left(socket: Socket): void {
    this.#open.delete(socket);
    if (this.crowded) {
      this.#waiting = this.#waiting.filter((arrival) => arrival.socket !== socket);
      this.#letIn();
    }
  }

  #letIn(): void {
    const now = this.#clock.elapsed();
    while (this.#waiting.length > 0 && now - (this.#waiting[0] as Arrival).at > this.#limits.maxWaitMs) {
      this.#refuse((this.#waiting.shift() as Arrival).socket, unavailable);
    }
    while (this.#waiting.length > 0 && (this.#open.size < this.#limits.maxOpen || this.#makeRoom(now))) {
      this.#enter(this.#waiting.shift() as Arrival);
    }
    this.#disarm?.();
    this.#disarm = this.crowded ? this.#clock.after(25, () => this.#letIn()) : undefined;
  }

  #makeRoom(now: number): boolean {
    for (const [socket, connection] of this.#open) {
      if (!this.#mayGo(connection, now)) continue;
      this.#open.delete(socket);
      const silent = connection.phase === 'idle' && socket.bytesRead === connection.bytesBefore;
      if (silent || connection.phase === 'body') socket.destroySoon();
      else this.#refuse(socket, '408 Request Timeout');
      return true;
    }
    return false;
  }

  #mayGo({ phase, since }: Connection, now: number): boolean {
    if (phase === 'working') return false;
    return now - since > (phase === 'body' ? this.#limits.bodyPatienceMs : this.#limits.headerPatienceMs);
  }

  /** Answers, and reads on for a moment: to close on unread bytes would take the answer away again. */
  #refuse(socket: Socket, status: string): void {
    socket.on('error', ignore);
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n`);
    socket.resume();
    const disarm = this.#clock.after(500, () => socket.destroy());
    socket.once('close', disarm);
  }
}

const unavailable = '503 Service Unavailable';

function ignore(): void {}
