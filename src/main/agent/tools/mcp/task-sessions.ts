import type { LiveServer } from './live-server.ts';
import { type McpSession, sessionFrom, sessionText } from './mcp-session.ts';

/** A task as its server knows it, with the session that it may be bound to. */
export interface TaskName {
  readonly id: string;
  readonly session: string | undefined;
}

export interface TaskSessionsParts {
  /** Takes up a session without a handshake. */
  resume(session: McpSession): Promise<LiveServer>;
  end(live: LiveServer, keepSession: boolean): void;
}

/**
 * The sessions that tasks of a server over HTTP may be bound to.
 *
 * Invariants:
 *   S1. A session in which a task may be under way is not ended from here, whatever becomes of its connection.
 *   S2. A task is asked for in the session in which it was begun, also by a later program, until the server does not know
 *       that any more.
 */
export class TaskSessions {
  readonly #parts: TaskSessionsParts;
  /** Tasks that are waited for, by session. */
  readonly #open = new Map<string, Set<string>>();
  readonly #resumed = new Map<string, Promise<LiveServer>>();
  readonly #gone = new Set<string>();

  constructor(parts: TaskSessionsParts) {
    this.#parts = parts;
  }

  open({ id, session }: TaskName): void {
    if (session === undefined) return;
    const tasks = this.#open.get(session) ?? new Set();
    this.#open.set(session, tasks.add(id));
  }

  /** Nobody waits for it any more. */
  end({ id, session }: TaskName): void {
    if (session === undefined) return;
    const tasks = this.#open.get(session);
    tasks?.delete(id);
    if (tasks?.size === 0) this.#open.delete(session);
    if (!this.#open.has(session)) void this.#letGo(session, false);
  }

  isNeeded(session: McpSession | undefined): boolean {
    return session !== undefined && this.#open.has(sessionText(session));
  }

  /** The connection that a task is to be asked on where it is not the present one; undefined: that one. */
  async of({ session }: TaskName, present: LiveServer | undefined): Promise<LiveServer | undefined> {
    if (session === undefined || this.#gone.has(session)) return undefined;
    if (present?.session && sessionText(present.session) === session) return undefined;
    const read = sessionFrom(session);
    if (!read) return undefined;
    const known = this.#resumed.get(session) ?? this.#parts.resume(read);
    this.#resumed.set(session, known);
    known.catch(() => this.#resumed.delete(session));
    return known;
  }

  /** The server does not know the session any more: tasks may be known to it all the same. */
  forget({ session }: TaskName): void {
    if (session === undefined) return;
    this.#gone.add(session);
    void this.#letGo(session, true);
  }

  /** Resolves when the end of each connection is under way. */
  async close(): Promise<void> {
    await Promise.all([...this.#resumed.keys()].map((session) => this.#letGo(session, this.#open.has(session))));
  }

  async #letGo(session: string, keepSession: boolean): Promise<void> {
    const resumed = this.#resumed.get(session);
    this.#resumed.delete(session);
    const live = await resumed?.catch(() => undefined);
    if (live) this.#parts.end(live, keepSession);
  }
}
