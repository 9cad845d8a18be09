import { existsSync } from 'node:fs';
import type { Output } from '../../../shared/api.ts';
import { Duration, toMs } from '../../../shared/duration.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { systemClock } from '../../lib/clock.ts';
import { TokenStore } from '../../transport/access/token-store.ts';
import { type Command, type Invocation, operationCommand, ownFlag } from '../command.ts';
import { patiently } from '../patience.ts';
import { exits, UsageError } from '../terminal.ts';
import { clockTime, facts, orDash, printable, relative, table } from '../text.ts';

export const nodeCommands: Command[] = [
  operationCommand<'trustClock', Output<'trustClock'>>({
    name: 'trust-clock',
    summary: 'Says that the clock of the computer is right, after schedules were held because it seemed wrong.',
    operation: 'trustClock',
    text: () => 'Schedules go on by the clock as it is.',
  }),
  operationCommand<'node', Output<'node'>>({
    name: 'node',
    summary: 'Shows what the node is and how it fares.',
    operation: 'node',
    text: (node, { terminal }) =>
      facts([
        ['node', `${node.name} (${node.id})`],
        ['version', node.version],
        ['address', orDash(node.url)],
        ['data', orDash(node.dataDir)],
        ['journal', `${node.journal}, ${megabytes(node.databaseBytes)}`],
        ['memory', megabytes(node.memoryBytes)],
        ['clock', node.clock ? `${node.clock.reason} Schedules stand still: agent-runtime doctor` : 'trusted'],
        ['since', `${clockTime(node.startedAt)} (pid ${node.pid}, ${node.platform})`],
        ['processes', `${node.processes}, ${node.running} running`],
        ['waiting', `${node.waiting} events, ${node.needsYou} for you`],
        ['next', relative(node.nextFiring, terminal.now())],
      ]),
  }),
  {
    name: 'doctor',
    summary: 'Checks the node and says what to do about each finding.',
    args: [],
    flags: {
      rebuild: ownFlag('rebuild', 'boolean', 'Make the tables that screens read again from the journal, and compare.'),
    },
    run: (call) => (call.input['rebuild'] === true ? rebuild(call) : examine(call)),
  },
  {
    name: 'login',
    summary: 'Prints an address that lets one browser in, once, within the hour.',
    args: [],
    flags: {},
    async run(call) {
      const answer = (await call.node().call('POST', '/session/codes', {})) as { url: string };
      call.show(answer, () => answer.url);
      return undefined;
    },
  },
  {
    name: 'token',
    summary: 'Prints the token of the data folder.',
    args: [],
    flags: {},
    async run(call) {
      const token = store(call).read();
      call.show({ token }, () => token);
      return undefined;
    },
  },
  {
    name: 'token list',
    summary: 'Lists the named tokens.',
    args: [],
    flags: {},
    async run(call) {
      const tokens = store(call).list();
      const now = call.terminal.now();
      call.show(tokens, () =>
        table(
          tokens,
          [
            { title: 'NAME', value: ({ name }) => name },
            { title: 'SCOPE', value: ({ scope }) => scope },
            { title: 'MADE', value: ({ createdAt }) => relative(createdAt, now) },
            { title: 'ENDS', value: ({ expiresAt, expired }) => (expired ? 'expired' : relative(expiresAt, now)) },
          ],
          call.terminal.columns,
        ),
      );
      return undefined;
    },
  },
  {
    name: 'token create',
    summary: 'Makes a named token and prints it, this once.',
    args: ['name'],
    flags: {
      scope: { ...ownFlag('scope', 'text', 'What it allows (default read).'), choices: ['read', 'operate', 'admin'] },
      expires: ownFlag('expires', 'text', 'After how long it ends, such as 30d (default: never).'),
    },
    async run(call) {
      const { name, scope, expires } = call.input as {
        name: string;
        scope?: 'read' | 'operate' | 'admin';
        expires?: string;
      };
      const token = store(call).create(name, scope ?? 'read', endOf(expires, call.terminal.now()));
      call.show({ name, token }, () => token);
      return undefined;
    },
  },
  {
    name: 'token revoke',
    summary: 'Ends a named token, and the streams it has open.',
    args: ['name'],
    flags: {},
    async run(call) {
      const [name = ''] = call.words;
      if (!store(call).revoke(name)) throw new RuntimeError('TOKEN_INVALID', `There is no token called "${name}".`);
      call.show({ revoked: name }, () => `${name} is revoked`);
      return undefined;
    },
  },
  {
    name: 'token rotate',
    summary: 'Replaces the token of the data folder and prints the new one; the old one ends.',
    args: [],
    flags: {},
    async run(call) {
      const token = store(call).rotate();
      call.show({ token }, () => token);
      return undefined;
    },
  },
];

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** The files are the truth, so tokens need no node that runs; one that does sees the change within a second. */
function store({ place, terminal }: Invocation): TokenStore {
  if (place.url !== undefined)
    throw new UsageError('Tokens are managed where the data folder is: use --data-dir, not --url.');
  if (existsSync(place.dataDir)) return new TokenStore(place.dataDir, { ...systemClock, now: terminal.now });
  throw new RuntimeError(
    'NODE_UNREACHABLE',
    `There is no data folder ${place.dataDir}: the first start of a node makes it.`,
  );
}

function endOf(expires: string | undefined, now: number): number | null {
  if (expires === undefined) return null;
  const life = Duration.safeParse(expires);
  if (!life.success) throw new UsageError(`--expires takes a duration such as 12h or 30d, not "${expires}".`);
  return now + toMs(life.data);
}

async function examine(call: Invocation): Promise<number | undefined> {
  const report = await patiently(call.terminal, 'doctor', call.node().doctor({}));
  call.show(report, () =>
    report.checks
      .map(({ name, ok, detail, fix }) =>
        printable(`${ok ? 'ok ' : 'BAD'}  ${name}: ${detail}${fix ? `\n     fix: ${fix}` : ''}`),
      )
      .join('\n'),
  );
  return report.ok ? undefined : exits.refused;
}

async function rebuild(call: Invocation): Promise<number | undefined> {
  const report = await patiently(call.terminal, 'doctor --rebuild', call.node().rebuildReadModels({}));
  call.show(report, () =>
    report.equal
      ? `rebuilt from ${report.entries} entries; nothing differs`
      : printable([`rebuilt from ${report.entries} entries; it differed:`, ...report.differences].join('\n')),
  );
  return report.equal ? undefined : exits.refused;
}
