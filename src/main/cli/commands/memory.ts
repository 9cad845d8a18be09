import type { Output } from '../../../shared/api.ts';
import { type Command, type Invocation, operationCommand } from '../command.ts';
import { printable, relative, table } from '../text.ts';

/** What agents remember. */
export const memoryCommands: Command[] = [
  operationCommand<'listMemories', Output<'listMemories'>>({
    name: 'memory list',
    summary: 'Lists what an agent remembers, newest first.',
    args: ['name'],
    operation: 'listMemories',
    text: memoryTable,
  }),
  operationCommand<'listMemories', Output<'listMemories'>>({
    name: 'memory search',
    summary: 'Shows what an agent would recall, best first.',
    args: ['name', 'q'],
    operation: 'listMemories',
    text: memoryTable,
  }),
  operationCommand<'storeMemory', Output<'storeMemory'>>({
    name: 'memory store',
    summary: 'Makes an agent remember something.',
    args: ['name', 'content'],
    operation: 'storeMemory',
    text: ({ id }) => id,
  }),
  operationCommand({
    name: 'memory forget',
    summary: 'Makes an agent forget one memory.',
    args: ['name', 'id'],
    operation: 'forgetMemory',
    text: (_, { words }) => printable(`${words[1]} is forgotten`),
  }),
  operationCommand({
    name: 'memory purge',
    summary: 'Makes an agent forget everything.',
    args: ['name'],
    operation: 'purgeMemory',
    text: (_, { words }) => printable(`${words[0]} remembers nothing any more`),
  }),
];

function memoryTable({ items }: Output<'listMemories'>, { terminal }: Invocation): string {
  return table(
    items,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'STORED', value: ({ at }) => relative(at, terminal.now()) },
      { title: 'BY', value: ({ source }) => source },
      { title: 'SCORE', value: ({ score }) => (score === null ? '' : score.toFixed(2)) },
      { title: 'CONTENT', value: ({ content }) => content },
    ],
    terminal.columns,
  );
}
