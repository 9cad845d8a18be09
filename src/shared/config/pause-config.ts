import { z } from 'zod';
import { isZone } from './governance-config.ts';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write it as 22:00');
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A stretch of time in which schedules do not wake agents: a holiday, or quiet hours that come again. */
export const PauseWindow = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'use a letter, then letters, digits, "_" or "-"; at most 40'),
    title: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .meta({ title: 'Called', examples: ['Holidays', 'Quiet hours'] }),
    enabled: z.boolean().default(true).meta({ title: 'In force' }),
    policy: z.enum(['skip', 'hold']).default('skip').meta({
      title: 'What is planned in it',
      description: 'skip: is left out, and noted with the reason. hold: waits for the end, one of each schedule.',
    }),
    processes: z
      .array(z.string().min(1).max(100))
      .max(1_000)
      .default([])
      .meta({ title: 'Of which agents', description: 'Names, with * for any text; none named: all.' }),
    from: z.number().optional().meta({ title: 'From', unit: 'epoch ms' }),
    until: z.number().optional().meta({ title: 'Until', unit: 'epoch ms' }),
    start: clock.optional().meta({ title: 'From', description: 'For hours that come again: 22:00.' }),
    end: clock.optional().meta({ title: 'To', description: 'On the next day where it is not after the start.' }),
    days: z
      .array(z.enum(weekdays))
      .default([...weekdays])
      .meta({ title: 'On', description: 'Days on which the hours begin.' }),
    zone: z
      .string()
      .max(64)
      .refine(isZone, 'Name an IANA time zone, such as Europe/Berlin.')
      .default('UTC')
      .meta({ title: 'Time zone' }),
  })
  .refine(
    ({ from, until, start, end }) =>
      start === undefined && end === undefined
        ? from !== undefined && until !== undefined && from < until
        : from === undefined && until === undefined && start !== undefined && end !== undefined && start !== end,
    { error: 'give it from and until, or start and end', path: ['from'] },
  );
export type PauseWindow = z.infer<typeof PauseWindow>;

export const PauseWindows = z
  .array(PauseWindow)
  .max(100)
  .refine((windows) => new Set(windows.map(({ id }) => id)).size === windows.length, 'give each its own id');

export const PausesView = z.object({
  windows: z.array(PauseWindow),
  /** Those that hold right now, and until when. */
  now: z.array(z.object({ id: z.string(), until: z.number().meta({ unit: 'epoch ms' }) })),
});
export type PausesView = z.infer<typeof PausesView>;
