import type { Output } from '../../../shared/api.ts';
import { type Command, operationCommand } from '../command.ts';
import { readValue } from '../flags.ts';
import { orDash, relative, table, valueText } from '../text.ts';

/** What agents hand each other through topics. */
export const messageCommands: Command[] = [
  operationCommand<'listMessages', Output<'listMessages'>>({
    name: 'messages list',
    summary: 'Lists messages, newest first.',
    operation: 'listMessages',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'MESSAGE', value: ({ id }) => id },
          { title: 'TOPIC', value: ({ topic }) => topic },
          { title: 'FROM', value: ({ sender }) => sender },
          { title: 'STATE', value: ({ state }) => state },
          { title: 'WITH', value: ({ taker, to }) => orDash(taker ?? to) },
          { title: 'SENT', value: ({ sentAt }) => relative(sentAt, terminal.now()) },
          { title: 'CONTENT', value: ({ content, reason }) => reason ?? valueText(content) },
        ],
        terminal.columns,
      ),
  }),
  operationCommand<'sendMessage', Output<'sendMessage'>>({
    name: 'messages send',
    summary:
      'Sends a message to a topic; one process that takes from it gets it. The content is JSON, text, @file or -.',
    args: ['topic', 'content?'],
    operation: 'sendMessage',
    prepare: async ({ input, words, terminal }) =>
      words[1] === undefined ? input : { ...input, content: await readValue(words[1], terminal) },
    text: ({ id }) => id,
  }),
  operationCommand<'resendMessage', Output<'resendMessage'>>({
    name: 'messages resend',
    summary: 'Sends a message again that has ended, dead ones above all.',
    args: ['id'],
    operation: 'resendMessage',
    text: ({ id }) => id,
  }),
  operationCommand<'cancelMessage', Output<'cancelMessage'>>({
    name: 'messages cancel',
    summary: 'Ends a message that waits.',
    args: ['id'],
    operation: 'cancelMessage',
    text: ({ id, state }) => `${id} is ${state}`,
  }),
  operationCommand<'listTopics', Output<'listTopics'>>({
    name: 'topics',
    summary: 'Lists topics in which messages wait or from which processes take.',
    operation: 'listTopics',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'TOPIC', value: ({ topic }) => topic },
          { title: 'WAITING', value: ({ waiting }) => String(waiting) },
          { title: 'AT WORK', value: ({ handed }) => String(handed) },
          { title: 'DEAD', value: ({ dead }) => String(dead) },
          { title: 'OLDEST', value: ({ oldestAt }) => relative(oldestAt, terminal.now()) },
          { title: 'TAKEN BY', value: ({ takers }) => orDash(takers.join(', ')) },
        ],
        terminal.columns,
      ),
  }),
];
