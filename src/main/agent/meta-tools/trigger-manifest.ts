import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type JsonObject } from '../../../shared/json.ts';

/** Arguments that are settings of a trigger as they stand, in the words of a manifest. */
const settings = ['cron_expression', 'event_type', 'topic', 'webhook_path', 'watch_path', 'watch_patterns'];

export const triggerParameters: JsonObject = {
  trigger_type: { type: 'string', enum: ['cron', 'webhook', 'file_watch', 'event', 'message'] },
  cron_expression: { type: 'string', description: 'Five fields, such as "0 9 * * *".' },
  event_type: { type: 'string' },
  topic: { type: 'string' },
  webhook_path: { type: 'string' },
  webhook_port: { type: 'integer', description: 'Has no effect: all webhooks share the port of the node.' },
  watch_path: { type: 'string', description: 'Inside a folder that you have.' },
  watch_patterns: { type: 'array', items: { type: 'string' } },
  custom_config: {
    type: 'object',
    description: 'Any other setting of the trigger, as in a manifest: id, filter_expression, cron_timezone, debounce …',
  },
};

/** A trigger as a manifest writes it, from the arguments of a call. @throws RuntimeError `TOOL_ARGS_INVALID`. */
export function triggerFrom(args: JsonObject, id: string): JsonObject {
  const custom = args['custom_config'] ?? {};
  if (!isJsonObject(custom)) throw new RuntimeError('TOOL_ARGS_INVALID', 'custom_config must be an object.');
  const { type: _type, ...more } = custom;
  const given = Object.fromEntries(
    settings.flatMap((key) => (args[key] === undefined || args[key] === null ? [] : [[key, args[key]]])),
  );
  return { id, type: args['trigger_type'] ?? '', ...given, ...more };
}
