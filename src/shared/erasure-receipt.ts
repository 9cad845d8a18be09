import { z } from 'zod';

/** Where what was forgotten is looked for. */
export const ErasurePlace = z.enum(['memory', 'state', 'journal', 'lists', 'files', 'backups', 'copies']);
export type ErasurePlace = z.infer<typeof ErasurePlace>;

export const ErasureFinding = z.object({
  place: ErasurePlace,
  /** An agent, a file of the data folder, a backup or a node. */
  name: z.string(),
  /** When the backup was made, or since when a node is waited for. */
  at: z.number().nullable().meta({ unit: 'epoch ms' }),
  /** `unknown`: it could not be looked through. `pending`: a node that could not be asked yet; it is, when it is there. */
  state: z.enum(['clean', 'found', 'unknown', 'pending']),
  note: z.string(),
});
export type ErasureFinding = z.infer<typeof ErasureFinding>;

/** What came of looking for it once. */
export const ErasureCheck = z.object({
  at: z.number().meta({ unit: 'epoch ms' }),
  /** Found nowhere, and everything could be looked through. */
  clean: z.boolean(),
  findings: z.array(ErasureFinding),
});
export type ErasureCheck = z.infer<typeof ErasureCheck>;

/** How a text is found again without being known: by the hash of its beginning, at every place of what is looked through. */
export const Trace = z.object({ window: z.int().min(1), roll: z.int(), hash: z.string() });
export type Trace = z.infer<typeof Trace>;

/** The proof that something was forgotten: what and when, by hashes, and where it was looked for afterwards; never what it said. */
export const ErasureReceipt = z.object({
  id: z.string(),
  process: z.string(),
  /** Who asked for it. */
  by: z.string(),
  askedAt: z.number().meta({ unit: 'epoch ms' }),
  erasedAt: z.number().meta({ unit: 'epoch ms' }),
  /** All that was remembered, not single memories. */
  everything: z.boolean(),
  /** How many memories; the first 500 of them are named. */
  count: z.int(),
  /** `hash`: SHA-256 of the salt and what it said; null where the journal did not hold that any more. */
  memories: z.array(z.object({ id: z.string(), characters: z.int().nullable(), hash: z.string().nullable() })),
  salt: z.string(),
  traces: z.array(Trace),
  /** Agents whose past it was taken from, entries of their journals, and rows of lists. */
  erased: z.object({
    agents: z.array(z.string()),
    entries: z.int(),
    rows: z.int(),
    /** For each journal the entry that it goes on from: whoever has that needs nothing from before. */
    ends: z.array(z.object({ process: z.string(), seq: z.int(), hash: z.string() })).optional(),
  }),
  /** The other nodes of the cluster at that time, and when each had taken it out of all that it keeps. */
  nodes: z
    .array(z.object({ node: z.string(), name: z.string(), doneAt: z.number().nullable().meta({ unit: 'epoch ms' }) }))
    .optional(),
  /** Right after it was erased. */
  check: ErasureCheck,
});
export type ErasureReceipt = z.infer<typeof ErasureReceipt>;

/** As much of a receipt as another node needs to forget the same: no text, and not who asked. */
export const CarriedErasure = ErasureReceipt.pick({ id: true, memories: true, salt: true, traces: true }).extend({
  ends: z.array(z.object({ process: z.string(), seq: z.int(), hash: z.string() })),
});
export type CarriedErasure = z.infer<typeof CarriedErasure>;
