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
  operationCommand<'forgetMemory', Output<'forgetMemory'>>({
    name: 'memory forget',
    summary: 'Makes an agent forget one memory.',
    args: ['name', 'id'],
    operation: 'forgetMemory',
    text: ({ receipt }, { words }) => printable(`${words[1]} is forgotten${receiptText(receipt)}`),
  }),
  operationCommand<'purgeMemory', Output<'purgeMemory'>>({
    name: 'memory purge',
    summary: 'Makes an agent forget everything.',
    args: ['name'],
    operation: 'purgeMemory',
    text: ({ receipt }, { words }) => printable(`${words[0]} remembers nothing any more${receiptText(receipt)}`),
  }),
  operationCommand<'listErasures', Output<'listErasures'>>({
    name: 'memory receipts',
    summary:
      'Lists receipts of what an agent was made to forget: who, when, and whether it is found anywhere. --json: whole.',
    args: ['name'],
    operation: 'listErasures',
    text: ({ items, pending }, { terminal }) =>
      [
        table(
          items,
          [
            { title: 'RECEIPT', value: ({ id }) => id },
            { title: 'ERASED', value: ({ erasedAt }) => relative(erasedAt, terminal.now()) },
            { title: 'BY', value: ({ by }) => by },
            { title: 'MEMORIES', value: ({ count, everything }) => (everything ? `all, ${count}` : String(count)) },
            { title: 'ENTRIES', value: ({ erased }) => String(erased.entries) },
            { title: 'FOUND', value: ({ check }) => whereText(check) },
          ],
          terminal.columns,
        ),
        ...(pending > 0 ? [`${pending} more when nobody who shares the memory works.`] : []),
      ].join('\n'),
  }),
  operationCommand<'checkErasure', Output<'checkErasure'>>({
    name: 'memory check',
    summary: 'Looks again, everywhere a node keeps anything, for what a receipt says was erased.',
    args: ['name', 'id'],
    operation: 'checkErasure',
    text: ({ clean, findings }, { terminal }) =>
      `${clean ? 'Nothing of it is found.' : 'It is not gone everywhere.'}\n${table(
        findings,
        [
          { title: 'PLACE', value: ({ place }) => place },
          { title: 'NAME', value: ({ name }) => name },
          { title: 'STATE', value: ({ state }) => state },
          { title: 'NOTE', value: ({ note }) => note },
        ],
        terminal.columns,
      )}`,
  }),
];

const receiptText = (receipt: string | null) =>
  receipt === null ? '; it leaves its past when nobody who shares the memory works' : `, receipt ${receipt}`;

function whereText({ clean, findings }: Output<'checkErasure'>): string {
  if (clean) return 'nowhere';
  const places = findings.filter(({ state }) => state !== 'clean').map(({ place, state }) => `${place} (${state})`);
  return [...new Set(places)].join(', ');
}

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
