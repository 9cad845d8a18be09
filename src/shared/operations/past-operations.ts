import { z } from 'zod';
import { ContextMoment, ContextPast } from '../views/context-views.ts';
import { Page } from '../views/views.ts';
import { number, type Operation, operation, paging } from './operation.ts';

/** Operations on what all processes kept at other times. */
export const pastOperations = {
  listContextMoments: operation(
    'GET /context-moments',
    'read',
    'When any agent, or a person for it, changed context: the moments one can go back to, newest first.',
    z.strictObject({
      before: number.optional().meta({ description: 'Only earlier ones; left out: up to now.', unit: 'epoch ms' }),
      limit: number.int().min(1).max(2_000).default(500),
    }),
    z.object({
      items: z.array(ContextMoment),
      since: z.number().nullable().meta({
        description: 'The list is complete back to then; null: back to the first entry that is kept.',
        unit: 'epoch ms',
      }),
    }),
  ),
  contextAt: operation(
    'GET /context-at',
    'read',
    'What every agent kept at a moment, key by key beside what it keeps now. Agents that kept nothing then or now are left out.',
    z.strictObject({ at: number.meta({ unit: 'epoch ms' }), ...paging }),
    Page(ContextPast),
  ),
} satisfies Record<string, Operation>;
