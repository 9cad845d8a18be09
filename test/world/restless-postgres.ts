import { setTimeout as pause } from 'node:timers/promises';
import type { Draws } from './draws.ts';
import type { PostgresServer } from './postgres-server.ts';

/** A server that is ended again and again, in order or by a kill, and comes back within two seconds. */
export class RestlessPostgres {
  restarts = 0;
  #isOver = false;
  readonly #ended: Promise<void>;

  constructor(server: PostgresServer, everyMs: number, draw: Draws) {
    this.#ended = this.#restart(server, everyMs, draw);
    // Whoever stops it hears of it.
    this.#ended.catch(() => {});
  }

  /** It is up from then on. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async #restart(server: PostgresServer, everyMs: number, draw: Draws): Promise<void> {
    for (let next = Date.now() + everyMs; ; next += everyMs) {
      while (!this.#isOver && Date.now() < next) await pause(100);
      if (this.#isOver) return;
      if (draw.chance(0.5)) await server.kill();
      else await server.stop();
      await pause(draw.int(0, 2_000));
      await server.start();
      this.restarts++;
    }
  }
}
