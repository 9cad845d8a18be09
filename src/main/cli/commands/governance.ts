import type { Output } from '../../../shared/api.ts';
import { camel, snake } from '../../../shared/casing.ts';
import { type Command, operationCommand, ownFlag } from '../command.ts';
import { UsageError } from '../terminal.ts';
import { printable, relative, table } from '../text.ts';

type Budget = Output<'getBudget'>;

/** What limits agents, and what they must not see. */
export const governanceCommands: Command[] = [
  verdict('approve', 'Lets an agent make the call that it asked for.', 'approve'),
  verdict('deny', 'Keeps an agent from making the call that it asked for.', 'deny'),
  operationCommand<'getBudget', Budget>({
    name: 'budget',
    summary: 'Shows the limits of a process, and what is used of them.',
    args: ['name'],
    operation: 'getBudget',
    text: budgetTable,
  }),
  operationCommand<'topUpBudget', Budget>({
    name: 'budget top-up',
    summary: 'Gives a process more of what has a limit, for today; with --run, one run.',
    args: ['name', 'limit', 'amount'],
    operation: 'topUpBudget',
    prepare: ({ input }) => {
      const amount = Number(input['amount']);
      if (!(amount > 0)) throw new UsageError(`The amount is a number above 0, not "${String(input['amount'])}".`);
      return { ...input, limit: camel(String(input['limit'])), amount };
    },
    text: budgetTable,
  }),
  operationCommand<'getNodeBudget', Output<'getNodeBudget'>>({
    name: 'node budget',
    summary: 'Shows what all processes together may use in a day, and what they have used.',
    args: [],
    operation: 'getNodeBudget',
    text: ({ limits }, { terminal }) =>
      limits.length === 0
        ? 'the node has no budget'
        : table(
            limits,
            [
              { title: 'LIMIT', value: ({ limit }) => snake(limit) },
              { title: 'USED', value: ({ used }) => String(used) },
              { title: 'OF', value: ({ cap, unit }) => `${cap} ${unit}` },
            ],
            terminal.columns,
          ),
  }),
  operationCommand<'getNotifications', Output<'getNotifications'>>({
    name: 'notifications list',
    summary: 'Shows where people are told of what happens on the node, and what waits to be told.',
    args: [],
    operation: 'getNotifications',
    text: ({ sinks, outbox }, { terminal }) =>
      table(
        sinks,
        [
          { title: 'NAME', value: ({ id }) => id },
          { title: 'TO', value: ({ type, url }) => url ?? type },
          { title: 'OF', value: ({ events }) => events.join(', ') },
          { title: 'WAITING', value: ({ id }) => String(outbox.find(({ sink }) => sink === id)?.waiting ?? '') },
          { title: 'LAST ERROR', value: ({ id }) => outbox.find(({ sink }) => sink === id)?.lastError ?? '' },
        ],
        terminal.columns,
      ),
  }),
  operationCommand({
    name: 'notifications test',
    summary: 'Tells one of them something made up.',
    args: ['sink'],
    operation: 'testNotification',
    text: (_, { words }) => printable(`${words[0]} was told`),
  }),
  operationCommand<'listSecrets', Output<'listSecrets'>>({
    name: 'secrets list',
    summary: 'Lists the names of the secrets of a process.',
    args: ['name'],
    operation: 'listSecrets',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'SECRET', value: ({ name }) => name },
          { title: 'ROTATED', value: ({ rotatedAt }) => relative(rotatedAt, terminal.now()) },
          { title: 'ENDS', value: ({ expiresAt }) => relative(expiresAt, terminal.now()) },
          { title: 'USED BY', value: ({ usedBy }) => usedBy.map(({ part, name }) => name ?? part).join(', ') },
        ],
        terminal.columns,
      ),
  }),
  secretsSet(),
  secretsRotate(),
  operationCommand({
    name: 'secrets delete',
    summary: 'Takes a secret away, at once.',
    args: ['name', 'secret'],
    operation: 'deleteSecret',
    text: (_, { words }) => printable(`${words[1]} is gone`),
  }),
];

function verdict(name: string, summary: string, answer: 'approve' | 'deny'): Command {
  return {
    name,
    summary,
    args: ['id'],
    flags: answer === 'deny' ? { reason: ownFlag('reason', 'text', 'Why; the agent is told.') } : {},
    async run(call) {
      const { id, reason } = call.input as { id: string; reason?: string };
      const given = { verdict: answer, ...(reason === undefined ? {} : { reason }) };
      const item = await call.node().answerInboxItem({ id, answer: given });
      call.show(item, () => printable(`${item.id}: ${answer === 'approve' ? 'approved' : 'denied'}`));
      return undefined;
    },
  };
}

function secretsSet(): Command {
  return takingValue(
    operationCommand<'setSecret', Output<'setSecret'>>({
      name: 'secrets set',
      summary: 'Sets a secret of a process, from standard input or --file.',
      args: ['name', 'secret'],
      operation: 'setSecret',
      text: (set, { words }) => secretText(`${words[1]} is set`, set),
    }),
  );
}

function secretsRotate(): Command {
  const command = takingValue(
    operationCommand<'setSecret', Output<'setSecret'>>({
      name: 'secrets rotate',
      summary:
        'Gives a secret that is there a new value, from standard input or --file, and replaces the servers that hold the old one.',
      args: ['name', 'secret'],
      operation: 'setSecret',
      prepare: ({ input }) => ({ ...input, mustExist: true }),
      text: (set, { words }) => secretText(`${words[1]} has a new value`, set),
    }),
  );
  const { mustExist: _always, ...flags } = command.flags;
  return { ...command, flags };
}

function secretText(what: string, { servers }: Output<'setSecret'>): string {
  const lines = servers.map(({ server, error }) =>
    error ? `  server ${server} could not be started with it: ${error.message}` : `  server ${server} was replaced`,
  );
  return [what, ...lines].map(printable).join('\n');
}

/** A value on the command line would stay in the history of the shell. */
function takingValue(command: Command): Command {
  const { value: _value, ...flags } = command.flags;
  return {
    ...command,
    flags: { ...flags, file: { ...ownFlag('value', 'json', 'The file whose text it is, as @path.') } },
    async run(call) {
      const given = call.input['value'];
      const text = (typeof given === 'string' ? given : await call.terminal.readInput()).replace(/\r?\n$/, '');
      if (text === '') throw new UsageError('Nothing came on standard input, and a secret is never empty.');
      return command.run({ ...call, input: { ...call.input, value: text } });
    },
  };
}

function budgetTable({ enabled, limits }: Budget, { terminal }: { terminal: { columns: number } }): string {
  if (!enabled || limits.length === 0) return 'no limits are set';
  return table(
    limits,
    [
      { title: 'LIMIT', value: ({ limit }) => snake(limit) },
      { title: 'FOR', value: ({ scope }) => scope },
      { title: 'USED', value: ({ used, unit }) => `${used} ${unit}`.trim() },
      { title: 'OF', value: ({ cap }) => String(cap) },
    ],
    terminal.columns,
  );
}
