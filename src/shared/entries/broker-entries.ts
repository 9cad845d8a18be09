import { z } from 'zod';

const actor = z.string().max(200);

/** Entries of the stream of the message broker. */
export const brokerEntries = {
  'message.sent': z.object({
    id: z.string(),
    topic: z.string(),
    content: z.json(),
    /** The only process that may take it; left out: any that takes from the topic. */
    to: z.string().optional(),
    /** The process that sent it, or who did where it was a person. */
    sender: z.string(),
    /** The topic on which the sender waits for a reply, and what tells its replies apart. */
    replyTo: z.string().optional(),
    correlation: z.string().optional(),
    expiresAt: z.number().nullable(),
    resends: z.string().optional(),
    /** Labels of untrusted origin of the run that sent it. */
    taint: z.array(z.string()).optional(),
  }),
  'message.handed': z.object({ id: z.string(), process: z.string(), trigger: z.string(), attempt: z.int() }),
  /** The taker did not do with it. `counted`: it worked on the message and failed; else it could not take it. */
  'message.returned': z.object({
    id: z.string(),
    process: z.string(),
    attempt: z.int(),
    counted: z.boolean(),
    until: z.number(),
    reason: z.string(),
  }),
  'message.ended': z.object({
    id: z.string(),
    outcome: z.enum(['consumed', 'dead', 'expired', 'cancelled']),
    process: z.string().nullable(),
    reason: z.string(),
    by: actor,
  }),
};
