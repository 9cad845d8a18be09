import { z } from 'zod';
import { none, type Operation, operation } from './operation.ts';

/** Where a node listens when nothing is set; the next free port where that is in use. */
export const usualPort = 7420;

const hostName = z
  .string()
  .max(260)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[1-9]\d{0,4})?$/, {
    error:
      'is a name in small letters, such as agents.example.org or agents.example.org:8443; no pattern, no address of all',
  })
  .refine((name) => !/^(0\.0\.0\.0|0)(:|$)/.test(name), { error: 'is no name: it stands for every address' });

export const NetworkChanges = z.strictObject({
  port: z
    .int()
    .min(1_024)
    .max(65_535)
    .nullable()
    .optional()
    .meta({ description: 'Of the API and the window, on this computer; null: 7420, else a free one.' }),
  hosts: z
    .array(hostName)
    .max(20)
    .optional()
    .meta({ description: 'Further names it answers to over HTTP, such as that of a tunnel.' }),
});
export type NetworkChanges = z.infer<typeof NetworkChanges>;

export const NetworkView = z.object({
  /** Where the API and the window listen: on this computer alone. */
  address: z.string(),
  port: z.int().nullable(),
  /** What is kept for the next start; null: the usual one. */
  savedPort: z.int().nullable(),
  /** What its start was given, which goes before what is kept; null: nothing. */
  givenPort: z.int().nullable(),
  hosts: z.array(z.string()),
  savedHosts: z.array(z.string()),
  givenHosts: z.array(z.string()),
  /** Where the token stands that every request needs. */
  tokenFile: z.string(),
  /** What is kept is not yet in force. */
  restartNeeded: z.boolean(),
});
export type NetworkView = z.infer<typeof NetworkView>;

/** Operations on where a node listens. */
export const networkOperations = {
  getNetwork: operation(
    'GET /node/network',
    'read',
    'Where this node listens, and what is kept for its next start.',
    none,
    NetworkView,
  ),
  setNetwork: operation(
    'PATCH /node/network',
    'admin',
    'Keeps where this node listens from its next start on. It listens on this computer alone, whatever is set.',
    NetworkChanges,
    NetworkView,
  ),
} satisfies Record<string, Operation>;

/** Where a node listens, as its operations see it. */
export interface NetworkPlace {
  view(): NetworkView;
  change(changes: NetworkChanges): void;
}
