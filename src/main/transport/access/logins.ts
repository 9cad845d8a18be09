import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { digestOf } from '../../store/private-file.ts';
import { type Grant, newToken } from './token-store.ts';

const codeLivesMs = 60 * 60_000;
const sessionLivesMs = 7 * 24 * 60 * 60_000;
const maxCodes = 16;
const maxSessions = 100;

export interface Ticket {
  digest: Buffer;
  expiresAt: number;
}

/** Where sessions outlive the node. */
export interface SessionKeeper {
  read(): Ticket[];
  write(tickets: readonly Ticket[]): void;
}

const forgetful: SessionKeeper = { read: () => [], write: () => {} };

export interface Session {
  token: string;
  expiresAt: number;
}

/**
 * How a browser gets in: a code in the fragment of a printed address, which no server or log ever sees, is exchanged
 * once for a session token that the page holds. Codes end with the node; sessions are kept, as hashes, so that a window
 * that was open goes on when the node is back. Never is there a cookie.
 */
export class Logins {
  readonly #clock: Clock;
  #codes: Ticket[] = [];
  readonly #keeper: SessionKeeper;
  #sessions: Ticket[];

  constructor(clock: Clock, keeper = forgetful) {
    this.#clock = clock;
    this.#keeper = keeper;
    this.#sessions = keeper.read();
  }

  /** A code for one login within the hour. */
  newCode(): string {
    const code = newToken();
    const ticket = { digest: digestOf(code), expiresAt: this.#clock.now() + codeLivesMs };
    this.#codes = [...this.#alive(this.#codes).slice(1 - maxCodes), ticket];
    return code;
  }

  /** Undefined when the code was used already, is too old or was never given out. */
  exchange(code: string): Session | undefined {
    const used = find(this.#alive(this.#codes), code);
    if (!used) return undefined;
    this.#codes = this.#codes.filter((ticket) => ticket !== used);
    const token = newToken();
    const expiresAt = this.#clock.now() + sessionLivesMs;
    this.#sessions = [...this.#alive(this.#sessions).slice(1 - maxSessions), { digest: digestOf(token), expiresAt }];
    this.#keeper.write(this.#sessions);
    return { token, expiresAt };
  }

  grantOf(token: string): Grant | undefined {
    return find(this.#alive(this.#sessions), token) ? { by: 'window', scope: 'admin' } : undefined;
  }

  end(token: string): void {
    const ended = find(this.#sessions, token);
    if (!ended) return;
    this.#sessions = this.#sessions.filter((ticket) => ticket !== ended);
    this.#keeper.write(this.#sessions);
  }

  #alive(tickets: Ticket[]): Ticket[] {
    const now = this.#clock.now();
    return tickets.filter((ticket) => ticket.expiresAt > now);
  }
}

function find(tickets: readonly Ticket[], secret: string): Ticket | undefined {
  const digest = digestOf(secret);
  return tickets.find((ticket) => timingSafeEqual(ticket.digest, digest));
}
