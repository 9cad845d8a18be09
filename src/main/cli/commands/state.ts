import type { Output } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { type Command, operationCommand } from '../command.ts';
import { readValue } from '../flags.ts';
import type { Terminal } from '../terminal.ts';
import { clockTime, printable, relative, table, valueText } from '../text.ts';

type Context = Output<'getContext'>;

/** What agents keep, and what they tell each other. */
export const stateCommands: Command[] = [
  {
    name: 'context get',
    summary: 'Shows the context of a process, or one value of it.',
    args: ['name', 'key?'],
    flags: {},
    async run(call) {
      const [name = '', key] = call.words;
      const { items, locks } = await call.node().getContext({ name });
      if (key === undefined) {
        call.show(items, () => contextText(items, locks, call.terminal));
        return undefined;
      }
      const found = items.find((item) => item.key === key);
      if (!found) throw new RuntimeError('CONTEXT_KEY_NOT_FOUND', `${name} has no context key "${key}".`, { key });
      call.show(found, () => printable(valueText(found.value)));
      return undefined;
    },
  },
  operationCommand<'setContext', Output<'setContext'>>({
    name: 'context set',
    summary: 'Writes one context value: JSON, text, @file or - (standard input).',
    args: ['name', 'key', 'value'],
    operation: 'setContext',
    prepare: async ({ input, terminal }) => ({ ...input, value: await readValue(String(input['value']), terminal) }),
    text: ({ key, version }) => printable(`${key} has version ${version}`),
  }),
  operationCommand({
    name: 'context delete',
    summary: 'Deletes one context value.',
    args: ['name', 'key'],
    operation: 'deleteContext',
    text: (_, { words }) => printable(`${words[1]} is deleted`),
  }),
  operationCommand<'lockContextKey', Output<'lockContextKey'>>({
    name: 'context lock',
    summary: 'Keeps the agent from writing a key of its context; people still can.',
    args: ['name', 'key'],
    operation: 'lockContextKey',
    text: ({ key }) => printable(`${key} is locked`),
  }),
  operationCommand({
    name: 'context unlock',
    summary: 'Lets the agent write a key of its context again.',
    args: ['name', 'key'],
    operation: 'unlockContextKey',
    text: (_, { words }) => printable(`${words[1]} is no longer locked`),
  }),
  operationCommand<'contextHistory', Output<'contextHistory'>>({
    name: 'context history',
    summary: 'Shows who wrote a context value and when.',
    args: ['name', 'key'],
    operation: 'contextHistory',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'ENTRY', value: ({ seq }) => String(seq) },
          { title: 'AT', value: ({ at }) => clockTime(at) },
          { title: 'BY', value: ({ by }) => by },
          { title: 'VALUE', value: ({ deleted, value }) => (deleted ? '(deleted)' : valueText(value)) },
        ],
        terminal.columns,
      ),
  }),
  operationCommand<'listEvents', Output<'listEvents'>>({
    name: 'events',
    summary: 'Lists events that were published, newest first.',
    operation: 'listEvents',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'AT', value: ({ at }) => clockTime(at) },
          { title: 'TYPE', value: ({ type }) => type },
          { title: 'SOURCE', value: ({ source }) => source },
          { title: 'DATA', value: ({ data }) => valueText(data) },
        ],
        terminal.columns,
      ),
  }),
  operationCommand<'publishEvent', Output<'publishEvent'>>({
    name: 'emit',
    summary: 'Publishes an event to everyone who listens.',
    args: ['type'],
    operation: 'publishEvent',
    text: ({ id }) => id,
  }),
];

function contextText(items: Context['items'], locks: Context['locks'], { now, columns }: Terminal): string {
  const shown = contextTable(items, now(), columns);
  if (locks.length === 0) return shown;
  return [shown, '', printable(`locked: ${locks.map(({ key }) => key).join(', ')}`)].join('\n');
}

function contextTable(items: Context['items'], now: number, width: number): string {
  return table(
    items,
    [
      { title: 'KEY', value: ({ key }) => key },
      { title: 'VERSION', value: ({ version }) => String(version) },
      { title: 'UPDATED', value: ({ updatedAt }) => relative(updatedAt, now) },
      { title: 'BY', value: ({ by }) => by },
      { title: 'VALUE', value: ({ value }) => valueText(value) },
    ],
    width,
  );
}
