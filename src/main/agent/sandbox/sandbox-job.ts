import type { Json } from '../../../shared/json.ts';

/** One script to run, and who serves its calls. */
export interface SandboxJob {
  /** ES module text whose default export is `run(event, agent)`. */
  code: string;
  /** First argument of `run`. */
  event: Json;
  /** What `agent.context.get` and `all` answer from, until the script writes. */
  context: Record<string, Json>;
  /** Epoch ms: what the script's clock shows until a call is answered. */
  startedAt: number;
  /** The same seed gives the same chance. */
  seed: string;
  /**
   * Serves one call of the script. Calls arrive in the order in which the script makes them; `at` (epoch ms) becomes
   * the script's clock. Answers reach the script one at a time in the order in which these promises settle, and
   * between two it runs as far as it can: so whoever answers again in the same order sees the same calls again.
   * A rejection is thrown inside the script; one with `unwind: true` ends the script unseen, and `run` rejects with it.
   */
  call(name: string, args: Json[]): Promise<{ value: Json; at: number }>;
  /** Ends the script at once, with RUN_CANCELLED. */
  signal?: AbortSignal;
}
