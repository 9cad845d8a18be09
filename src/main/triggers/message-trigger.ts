import type { MessageTrigger as MessageTriggerConfig } from '../../shared/config/trigger-config.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { MessageBroker } from '../messaging/message-broker.ts';
import type { HandedMessage } from '../messaging/taker.ts';
import type { Trigger, TriggerHost, Wake } from './trigger.ts';

/** Takes messages from a topic for a process; the broker hands them to the process itself, one at a time. */
export function messageTrigger(
  config: MessageTriggerConfig & { id: string },
  host: TriggerHost,
  broker: MessageBroker,
): Trigger {
  let unsubscribe: (() => void) | undefined;
  const { id, topic } = config;
  return {
    id,
    type: 'message',
    nextFiring: () => null,
    summary: () => `on messages to ${topic}`,
    async start() {
      unsubscribe ??= broker.subscribe(host.process, id, topic);
    },
    async stop() {
      unsubscribe?.();
      unsubscribe = undefined;
    },
  };
}

/** What wakes the process that was handed a message. Each handing is one event. */
export function messageWake(message: HandedMessage, trigger: string): Wake {
  const { id, topic, sender, content, replyTo, correlation, handing, sentAt, expiresAt, taint = [] } = message;
  const payload: JsonObject = { topic, message_id: id, sender, content };
  if (replyTo !== null) payload['reply_to'] = replyTo;
  if (correlation !== null) payload['correlation'] = correlation;
  return {
    trigger,
    kind: 'message',
    dedupeKey: `message:${id}:${handing}`,
    payload,
    metadata: { message_id: id, attempt: handing, sent_at: sentAt },
    taint: [`message:${sender}`, ...taint],
    ...(expiresAt === null ? {} : { expiresAt }),
  };
}
