import { RuntimeError } from '../../shared/errors.ts';
import type { TriggerConfig } from '../../shared/trigger-config.ts';
import type { EventBus } from '../messaging/event-bus.ts';
import type { MessageBroker } from '../messaging/message-broker.ts';
import { CronTrigger } from './cron-trigger.ts';
import { eventTrigger } from './event-trigger.ts';
import { messageTrigger } from './message-trigger.ts';
import type { Trigger, TriggerHost } from './trigger.ts';
import { WebhookTrigger } from './webhook-trigger.ts';

/** The trigger that the settings describe. @throws RuntimeError whatever is wrong with them. */
export function createTrigger(
  config: TriggerConfig & { id: string },
  host: TriggerHost,
  { bus, broker }: { bus: EventBus; broker: MessageBroker },
): Trigger {
  switch (config.type) {
    case 'cron':
      return new CronTrigger(config, host);
    case 'webhook':
      return new WebhookTrigger(config, host);
    case 'event':
      return eventTrigger(config, host, bus);
    case 'message':
      return messageTrigger(config, host, broker);
    default:
      throw new RuntimeError('NOT_SUPPORTED', `A ${config.type} trigger cannot be made yet.`);
  }
}
