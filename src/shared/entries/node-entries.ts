import { z } from 'zod';
import { News } from '../config/notification-config.ts';

const actor = z.string().max(200);

/**
 * What is kept for the node as a whole. `budget_day`: what of today counts beside what its processes know; `clock`: why
 * the clock of the computer is not gone by, or what was written down by one that had been ahead; `halts`: the processes
 * that a person must look at before they work again, and why.
 */
export const NodeSection = z.enum(['budget', 'budget_day', 'notifications', 'pauses', 'clock', 'retention', 'halts']);
export type NodeSection = z.infer<typeof NodeSection>;

/** Entries of the node's own stream. */
export const nodeEntries = {
  'node.started': z.object({ node: z.string(), version: z.string(), pid: z.int() }),
  'node.stopped': z.object({ reason: z.string() }),
  /** Settings of the node as a whole, in the words of a manifest; null: none any more. */
  'node.configured': z.object({ section: NodeSection, settings: z.record(z.string(), z.json()).nullable(), by: actor }),
  /** A webhook is to be told something that entry `seq` of a process says. */
  'news.queued': z.object({ sink: z.string(), seq: z.int(), news: News }),
  'news.ended': z.object({
    sink: z.string(),
    id: z.string(),
    outcome: z.enum(['taken', 'given_up', 'dropped']),
    attempts: z.int(),
    reason: z.string(),
  }),
  'event.published': z.object({ id: z.string(), type: z.string(), data: z.json(), by: actor }),
};
