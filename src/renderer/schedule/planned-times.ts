import type { TriggerView } from '../../shared/views/views.ts';
import { cronFields } from './cron-fields.ts';
import { nextTimes } from './cron-times.ts';

/**
 * The next `count` times of a schedule after `after` and before `before` (epoch ms). With letters that only the node
 * reads, what it says comes next is all that is known here.
 */
export function plannedTimes(
  { config, nextFiring }: Pick<TriggerView, 'config' | 'nextFiring'>,
  after: number,
  count: number,
  before = Number.POSITIVE_INFINITY,
): number[] {
  const fields = cronFields(String(config['cron_expression'] ?? ''));
  if (fields) return nextTimes(fields, String(config['cron_timezone'] ?? 'UTC'), after, count, before);
  return nextFiring !== null && nextFiring > after && nextFiring < before ? [nextFiring] : [];
}
