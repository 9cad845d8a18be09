import { z } from 'zod';
import { isZone } from '../config/governance-config.ts';
import { TriggerKind } from '../entries/journal-entries.ts';
import { CostsView } from '../views/cost-views.ts';
import { number, type Operation, operation, spanning } from './operation.ts';

/** What agents used. */
export const costOperations = {
  costs: operation(
    'GET /costs',
    'read',
    'What runs used: by day, process, model and kind of trigger, with the limits of today beside it.',
    z.strictObject({
      from: number.optional().meta({ description: 'Left out: the day 29 days ago.', unit: 'epoch ms' }),
      to: number.optional().meta({ description: 'Left out: now.', unit: 'epoch ms' }),
      process: z.string().optional(),
      model: z
        .string()
        .max(500)
        .optional()
        .meta({ description: 'Only runs that this model did; script: those without one.' }),
      kind: TriggerKind.optional().meta({ description: 'Only runs that triggers of this kind woke.' }),
      zone: z
        .string()
        .max(64)
        .refine(isZone, 'Name an IANA time zone, such as Europe/Berlin.')
        .default('UTC')
        .meta({ description: 'Whose days are meant, such as Europe/Berlin.' }),
      ...spanning,
    }),
    CostsView,
  ),
} satisfies Record<string, Operation>;
