import type { Output } from '../../../shared/api.ts';
import { type Command, operationCommand } from '../command.ts';
import { printable, table, valueText } from '../text.ts';

/** Talking to agents. */
export const conversationCommands: Command[] = [
  operationCommand<'chat', Output<'chat'>>({
    name: 'chat',
    summary: 'Says something to an agent and waits for its answer.',
    args: ['name', 'text'],
    operation: 'chat',
    text: ({ eventId, state, reply, error }) =>
      printable(
        error
          ? `${error.code}: ${error.message}`
          : state === 'done'
            ? valueText(reply)
            : `${eventId} is ${state}; look for it among the runs`,
      ),
  }),
  operationCommand<'exportConversation', Output<'exportConversation'>>({
    name: 'conversation export',
    summary: 'Prints everything that was said, also what the agent no longer sees.',
    args: ['name'],
    operation: 'exportConversation',
    text: ({ text }) => printable(text),
  }),
  operationCommand<'contextWindow', Output<'contextWindow'>>({
    name: 'context window',
    summary: 'Shows what fills the context window of the model.',
    args: ['name'],
    operation: 'contextWindow',
    text: ({ parts, tokens }, { terminal }) =>
      table(
        [...parts, { part: 'all', tokens, count: 0 }],
        [
          { title: 'PART', value: ({ part }) => part },
          { title: 'TOKENS', value: (row) => String(row.tokens) },
          { title: 'COUNT', value: ({ count }) => (count === 0 ? '' : String(count)) },
        ],
        terminal.columns,
      ),
  }),
];
