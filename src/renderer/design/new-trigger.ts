import type { TriggerType } from '../../shared/config/trigger-config.ts';
import type { JsonObject } from '../../shared/json.ts';

/** A trigger to begin with: right as it stands wherever that is possible, so that it can be tried at once. */
export function newTrigger(type: TriggerType): JsonObject {
  switch (type) {
    case 'cron':
      return {
        type,
        cron_expression: '0 9 * * MON-FRI',
        cron_timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      };
    case 'webhook':
      return { type, webhook_path: '/webhook' };
    case 'file_watch':
      return { type, watch_path: './inbox', watch_patterns: ['*.csv'] };
    case 'event':
      return { type, event_type: 'pipeline.alert' };
    case 'message':
      return { type, topic: 'support.tier1' };
  }
}
