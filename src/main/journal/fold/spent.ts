/** What has been used. Calls count when they begin, with the most they can cost until they have ended. */
export interface Spent {
  runs: number;
  modelTurns: number;
  toolCalls: number;
  tokens: number;
  usd: number;
  costUnits: number;
  irreversible: number;
  /** Time in which steps worked. */
  activeMs: number;
}

/** What was used in one day of a budget, and what was added to its limits. */
export interface SpentDay {
  from: number;
  until: number;
  spent: Spent;
  /** By the name of the limit. */
  toppedUp: Record<string, number>;
  /** Warnings that have been given. */
  told: string[];
}

export const nothingSpent = (): Spent => ({
  runs: 0,
  modelTurns: 0,
  toolCalls: 0,
  tokens: 0,
  usd: 0,
  costUnits: 0,
  irreversible: 0,
  activeMs: 0,
});
export const emptyDay = (from = 0, until = 0): SpentDay => ({
  from,
  until,
  spent: nothingSpent(),
  toppedUp: {},
  told: [],
});
