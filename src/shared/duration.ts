import { z } from 'zod';

const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A length of time as people write it: a number of seconds, or text such as "500ms", "5m" or "2h". */
export const Duration = z
  .union([z.number().nonnegative(), z.string().regex(pattern, 'use seconds, or text such as "500ms", "5m", "2h"')])
  .meta({ title: 'Duration', examples: [30, '5m', '2h'] });
export type Duration = z.infer<typeof Duration>;

/** The one place that turns what people wrote into milliseconds. */
export function toMs(duration: Duration): number {
  if (typeof duration === 'number') return Math.round(duration * 1_000);
  const [, amount, unit] = pattern.exec(duration) ?? [];
  return Math.round(Number(amount) * (units[unit ?? ''] ?? Number.NaN));
}
