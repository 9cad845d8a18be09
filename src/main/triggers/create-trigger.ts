import type { TriggerConfig } from '../../shared/config/trigger-config.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { EventBus } from '../messaging/event-bus.ts';
import type { MessageBroker } from '../messaging/message-broker.ts';
import { admissionRules } from './admission.ts';
import { CronTrigger } from './cron/cron-trigger.ts';
import { readCron } from './cron/next-cron-time.ts';
import type { Zones } from './cron/zone-spans.ts';
import { eventTrigger } from './event-trigger.ts';
import { FileWatchTrigger } from './files/file-watch-trigger.ts';
import { readPatterns } from './files/glob.ts';
import { refuseBroad, watchFolder } from './files/watch-root.ts';
import { messageTrigger } from './message-trigger.ts';
import { sourceList } from './source-list.ts';
import type { Trigger, TriggerHost } from './trigger.ts';
import { schemeOf } from './webhooks/webhook-signature.ts';
import { checkSecrets, type Reveal, WebhookTrigger } from './webhooks/webhook-trigger.ts';

/** What triggers need besides their process: the same for all of a node. */
export interface TriggerParts {
  bus: EventBus;
  broker: MessageBroker;
  /** The data folder, which is not to be watched. */
  dataDir?: string;
  /** Shared by all schedules, so that each zone is looked up once. */
  zones?: Zones;
  /** Turns `secret://name` into the secret, at each use. Without it such a webhook lets nobody in. */
  reveal?: Reveal;
}

/** The trigger that the settings describe. @throws RuntimeError as `checkTrigger` does. */
export function createTrigger(
  config: TriggerConfig & { id: string },
  host: TriggerHost,
  { bus, broker, dataDir, zones, reveal }: TriggerParts,
): Trigger {
  switch (config.type) {
    case 'cron':
      return new CronTrigger(config, host, zones);
    case 'webhook':
      return new WebhookTrigger(config, host, reveal);
    case 'file_watch':
      return new FileWatchTrigger(config, host, dataDir);
    case 'event':
      return eventTrigger(config, host, bus);
    case 'message':
      return messageTrigger(config, host, broker);
  }
}

/**
 * Everything that can be said about a trigger when it is saved, before it runs.
 * @throws RuntimeError `FILTER_INVALID`, `CRON_INVALID`, `TZ_UNKNOWN`, `SECRET_TOO_WEAK`, `PATTERN_UNSAFE`,
 *   `WATCH_TOO_BROAD`, `REQUEST_INVALID`
 */
export function checkTrigger(config: TriggerConfig, { dataDir }: { dataDir?: string } = {}): void {
  admissionRules(config);
  switch (config.type) {
    case 'cron':
      readCron(config.cronExpression, config.cronTimezone);
      return;
    case 'webhook':
      checkSecrets(schemeOf(config), [config.hmacSecret ?? []].flat());
      sourceList(config.allowedSources);
      return;
    case 'file_watch':
      readPatterns(config.watchPatterns);
      refuseBroad(watchFolder(config.watchPath), dataDir);
      return;
    case 'event':
      checkSubject('event_type', config.eventType);
      return;
    case 'message':
      checkSubject('topic', config.topic);
      return;
  }
}

/** A name made of words with dots between; in a pattern `>` stands for all the words to come, so it is the last. */
function checkSubject(field: string, subject: string): void {
  const words = subject.split('.');
  if (!words.some((word) => word === '' || /\s/.test(word)) && !words.slice(0, -1).includes('>')) return;
  throw new RuntimeError(
    'REQUEST_INVALID',
    `${field} "${subject}" is not words with dots between, such as orders.paid, orders.* or, with ">" as the last, orders.>.`,
    { field, subject },
  );
}
