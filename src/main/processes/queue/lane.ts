import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import type { Json } from '../../../shared/json.ts';
import { sha256 } from '../../lib/hash.ts';
import { filterEvent } from '../../triggers/admission.ts';
import { compileExpression } from '../../triggers/filters/filter.ts';
import type { Wake } from '../../triggers/trigger.ts';

/** Longer values are put in by their hash. */
const maxChars = 200;

/**
 * What puts events into lanes, if the process has them: events of one lane are worked on one after another. Where the
 * expression gives nothing for an event, that one goes without a lane.
 * @throws RuntimeError `FILTER_INVALID`
 */
export function laneRule({
  concurrencyKey,
}: Pick<ProcessConfig, 'concurrencyKey'>): ((wake: Wake) => string | undefined) | undefined {
  if (concurrencyKey === undefined) return undefined;
  const keyOf = compileExpression(concurrencyKey);
  return (wake) => laneOf(keyOf(filterEvent(wake)));
}

function laneOf(value: Json): string | undefined {
  if (value === null || value === '') return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > maxChars ? sha256(text) : text;
}
