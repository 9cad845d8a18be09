import { RuntimeError } from '../../../shared/errors.ts';
import { processNamePattern } from '../../../shared/ids.ts';
import type { Json } from '../../../shared/json.ts';
import type { Tool } from '../tool.ts';
import { objectOf } from './parameters.ts';

/** As many bytes as a context value may have: what is published is kept in the journal of each taker. */
export const maxPublishedBytes = 256 * 1024;

const words = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** @throws RuntimeError REQUEST_INVALID unless an event of this type, or a message to this topic, can be published. */
export function checkEventType(type: string, noun: 'event type' | 'topic' = 'event type'): void {
  if (type.length <= 200 && words.test(type)) return;
  const wildcard = /[*>]/.test(type) ? 'wildcards are for listening, publish one at a time; use ' : 'use ';
  throw new RuntimeError(
    'REQUEST_INVALID',
    `"${type.slice(0, 80)}" is not ${noun === 'topic' ? 'a topic' : 'an event type'}: ${wildcard}words of letters, digits, "_" and "-", separated by dots, at most 200 characters in all.`,
    { [noun === 'topic' ? 'topic' : 'type']: type.slice(0, 200) },
  );
}

/** @throws RuntimeError BODY_TOO_LARGE when it is more than an event or message may carry. */
export function checkPublished(what: string, value: Json): void {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= maxPublishedBytes) return;
  throw new RuntimeError(
    'BODY_TOO_LARGE',
    `${what} takes ${bytes} bytes as JSON; at most ${maxPublishedBytes} are carried. Put the content into a file or into context and name it.`,
    { bytes, maxBytes: maxPublishedBytes },
  );
}

/** `emit_event` and `send_message`: what they publish leaves when the run settles. */
export function messagingTools(): Tool[] {
  return [
    {
      name: 'emit_event',
      description:
        'Publishes an event to every agent that listens for its type. It leaves when this run ends well; if the run fails it never leaves.',
      parameters: objectOf(
        {
          type: { type: 'string', description: 'Words separated by dots, such as "orders.created".' },
          data: { description: 'Any JSON value, up to 256 KB.' },
        },
        ['type'],
      ),
      reach: 'local',
      async execute(args) {
        const eventType = args['type'] as string;
        const data = args['data'] ?? {};
        checkEventType(eventType);
        checkPublished(`The data of event "${eventType}"`, data);
        return {
          content: { type: eventType, published: 'when this run ends' },
          effects: [{ type: 'emit', eventType, data }],
        };
      },
    },
    {
      name: 'send_message',
      description:
        'Sends a message to a topic; exactly one of the agents that take from the topic gets it. It leaves when this run ends well.',
      parameters: objectOf(
        {
          topic: { type: 'string', description: 'Words separated by dots, such as "support.tier1".' },
          content: { description: 'Any JSON value, up to 256 KB.' },
          to: { type: 'string', description: 'Name of the only agent that may take it; leave out for any.' },
          reply_to: { type: 'string', description: 'A topic that you take from, if you want a reply.' },
          correlation: {
            type: 'string',
            description: 'Tells replies apart. To reply to a message, send to its reply_to with its correlation.',
          },
        },
        ['topic', 'content'],
      ),
      reach: 'local',
      async execute(args) {
        const topic = args['topic'] as string;
        const content = args['content'] as Json;
        const to = args['to'] as string | undefined;
        checkEventType(topic, 'topic');
        checkPublished(`The message to "${topic}"`, content);
        if (to !== undefined && !processNamePattern.test(to)) {
          throw new RuntimeError(
            'NAME_INVALID',
            `"${to.slice(0, 80)}" cannot be the name of an agent; leave "to" out to reach any taker of the topic.`,
          );
        }
        const replyTo = args['reply_to'] as string | undefined;
        const correlation = args['correlation'] as string | undefined;
        if (replyTo !== undefined) checkEventType(replyTo, 'topic');
        if (correlation !== undefined && correlation.length > 200) {
          throw new RuntimeError(
            'REQUEST_INVALID',
            `The correlation has ${correlation.length} characters; at most 200 are carried.`,
          );
        }
        const wanted = {
          ...(to === undefined ? {} : { to }),
          ...(replyTo === undefined ? {} : { replyTo }),
          ...(correlation === undefined ? {} : { correlation }),
        };
        return {
          content: { topic, sent: 'when this run ends' },
          effects: [{ type: 'send', topic, content, ...wanted }],
        };
      },
    },
  ];
}
