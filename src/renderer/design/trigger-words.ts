import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { cronWords } from '../forms/cron-words.ts';

/** A trigger, as a manifest writes it, in one line for a person. */
export function triggerWords(trigger: JsonObject): string {
  const { type, cron_expression, webhook_path, watch_path, watch_patterns, event_type, event_source, topic } = trigger;
  switch (type) {
    case 'cron':
      return cronWords(text(cron_expression)) ?? (text(cron_expression) || 'no schedule yet');
    case 'webhook':
      return `POST …/${text(webhook_path).replace(/^\//, '') || 'webhook'}`;
    case 'file_watch':
      return `${Array.isArray(watch_patterns) ? watch_patterns.join(', ') : '*'} in ${text(watch_path) || 'no folder yet'}`;
    case 'event':
      return `${text(event_type) || 'no event yet'}${event_source ? ` from ${text(event_source)}` : ''}`;
    case 'message':
      return `topic ${text(topic) || 'not named yet'}`;
    default:
      return text(type) || 'no kind yet';
  }
}

/** Policies worth seeing on the drawing, in a few words. */
export function triggerNotes(trigger: JsonObject): string[] {
  const { filter_expression, debounce, rate_limit, enabled, cron_timezone, catch_up, overlap, signature_scheme } =
    trigger;
  const notes: string[] = [];
  if (enabled === false) notes.push('off');
  if (typeof cron_timezone === 'string' && cron_timezone !== 'UTC') notes.push(cron_timezone);
  if (filter_expression) notes.push('filtered');
  if (debounce) notes.push(`debounce ${text(debounce)}`);
  if (isJsonObject(rate_limit)) notes.push(`${text(rate_limit['events'])} per ${text(rate_limit['per'])}`);
  if (catch_up && catch_up !== 'last') notes.push(`catch up ${text(catch_up)}`);
  if (overlap && overlap !== 'queue_one') notes.push(text(overlap).replace('_', ' '));
  if (signature_scheme && signature_scheme !== 'none') notes.push(`signed: ${text(signature_scheme)}`);
  return notes;
}

function text(value: Json | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}
