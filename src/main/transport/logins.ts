import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { digestOf } from '../store/private-file.ts';
import { type Grant, newToken } from './token-store.ts';

const codeLivesMs = 60 * 60_000;
const sessionLivesMs = 7 * 24 * 60 * 60_000;
const maxCodes = 16;
const maxSessions = 100;

interface Ticket {
  digest: Buffer;
  expiresAt: number;
}

export interface Session {
  token: string;
  expiresAt: number;
}

/**
 * How a browser gets in: a code in the fragment of a printed address, which no server or log ever sees, is exchanged
 * once for a session token that the page holds. Both live in memory and end with the node; never is there a cookie.
 */
export class Logins {
  readonly #clock: Clock;
  #codes: Ticket[] = [];
  #sessions: Ticket[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
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
    return { token, expiresAt };
  }

  grantOf(token: string): Grant | undefined {
    return find(this.#alive(this.#sessions), token) ? { by: 'window', scope: 'admin' } : undefined;
  }

  end(token: string): void {
    const ended = find(this.#sessions, token);
    this.#sessions = this.#sessions.filter((ticket) => ticket !== ended);
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
