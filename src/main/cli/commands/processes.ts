import type { OperationName, Output } from '../../../shared/api.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { ProcessView, TriggerView } from '../../../shared/views/views.ts';
import { type Command, type Invocation, operationCommand, ownFlag } from '../command.ts';
import { readText } from '../flags.ts';
import { exits, UsageError } from '../terminal.ts';
import { facts, orDash, printable, relative, table } from '../text.ts';
import { untilEnded } from '../until-ended.ts';

type Counted = Output<'startAll'>;

export const processCommands: Command[] = [
  operationCommand<'listProcesses', Output<'listProcesses'>>({
    name: 'ps',
    summary: 'Lists the processes.',
    operation: 'listProcesses',
    text: ({ items }, call) => processTable(items, call),
  }),
  operationCommand<'getProcess', Output<'getProcess'>>({
    name: 'show',
    summary: 'Shows one process.',
    args: ['name'],
    operation: 'getProcess',
    text: (process, call) => processFacts(process, call),
  }),
  steer('start', 'Starts processes.', 'startProcess', 'startAll'),
  steer('stop', 'Stops processes.', 'stopProcess', 'stopAll'),
  steer('restart', 'Stops and starts processes.', 'restartProcess', undefined),
  steer('suspend', 'Lets events wait until they are resumed.', 'suspendProcess', 'pauseAll'),
  steer('resume', 'Goes on with what waited.', 'resumeProcess', 'resumeAll'),
  wakeCommand(),
  operationCommand<'createProcess', Output<'createProcess'>>({
    name: 'create',
    summary: 'Creates a process from a .agent file.',
    args: ['manifest'],
    operation: 'createProcess',
    prepare: (call) => withManifest(call),
    text: ({ name, state }) => `${name} is ${state}`,
  }),
  operationCommand<'updateProcess', Output<'updateProcess'>>({
    name: 'update',
    summary: 'Gives a process a new definition from a .agent file.',
    args: ['name', 'manifest'],
    operation: 'updateProcess',
    prepare: (call) => withManifest(call),
    text: ({ name, version }) => `${name} has version ${version}`,
  }),
  operationCommand({
    name: 'delete',
    summary: 'Stops a process and puts it into the trash for 30 days; --forever: it goes at once.',
    args: ['name'],
    operation: 'deleteProcess',
    text: (_, { words, input }) =>
      input['forever'] === true
        ? `${words[0]} is gone`
        : `${words[0]} is deleted; agent-runtime undelete ${words[0]} brings it back`,
  }),
  operationCommand<'listTrash', Output<'listTrash'>>({
    name: 'trash',
    summary: 'Lists deleted processes that can be brought back.',
    operation: 'listTrash',
    text: ({ items }, { terminal }) =>
      items.length === 0
        ? 'The trash is empty.'
        : table(
            items,
            [
              { title: 'PROCESS', value: ({ name }) => name },
              { title: 'DELETED', value: ({ deletedAt }) => relative(deletedAt, terminal.now()) },
              { title: 'BY', value: ({ deletedBy }) => deletedBy },
              { title: 'GONE FOR GOOD', value: ({ until }) => relative(until, terminal.now()) },
            ],
            terminal.columns,
          ),
  }),
  operationCommand<'restoreProcess', Output<'restoreProcess'>>({
    name: 'undelete',
    summary: 'Brings a deleted process back as it was, at rest.',
    args: ['name'],
    operation: 'restoreProcess',
    text: ({ name, state }) => `${name} is back, and ${state}`,
  }),
  operationCommand({
    name: 'purge',
    summary: 'Gives a deleted process up for good.',
    args: ['name'],
    operation: 'purgeProcess',
    text: (_, { words }) => `${words[0]} is gone`,
  }),
  operationCommand<'listTriggers', Output<'listTriggers'>>({
    name: 'triggers',
    summary: 'Lists the triggers of a process.',
    args: ['name'],
    operation: 'listTriggers',
    text: ({ items }, call) => triggerTable(items, call),
  }),
];

function withManifest({ input, terminal }: Invocation): JsonObject {
  const file = String(input['manifest']);
  return { ...input, manifest: readText(file, terminal) };
}

/** `start a b`, or `start --all` where there is an operation for all of them. */
function steer(
  verb: string,
  summary: string,
  operation: 'startProcess' | 'stopProcess' | 'restartProcess' | 'suspendProcess' | 'resumeProcess',
  all: 'startAll' | 'stopAll' | 'pauseAll' | 'resumeAll' | undefined,
): Command {
  const one = operationCommand({ name: verb, summary, args: ['name'], operation, text: () => '' });
  const flags = all ? { ...one.flags, all: ownFlag('all', 'boolean', 'All processes of the node.') } : one.flags;
  return {
    ...one,
    args: all ? ['name?...'] : ['name...'],
    flags,
    async run(call) {
      const { all: everyone, name: _first, ...rest } = call.input;
      if (everyone === true && all) return steerAll(call, all, verb);
      if (call.words.length === 0)
        throw new UsageError(`${verb} takes the names of processes${all ? ', or --all' : ''}.`);
      const answers: ProcessView[] = [];
      for (const name of call.words) answers.push(await call.node()[operation]({ name, ...rest } as never));
      call.show(answers.length === 1 ? answers[0] : answers, () =>
        answers.map(({ name, state }) => `${name} is ${state}`).join('\n'),
      );
      return undefined;
    },
  };
}

async function steerAll(call: Invocation, all: OperationName, verb: string): Promise<number | undefined> {
  const answer = (await call.node()[all]({} as never)) as Counted;
  const failures = answer.failed.map(({ name, message }) => printable(`${name}: ${message}`));
  call.show(answer, () => [`${verb}: ${answer.processes.length} processes`, ...failures].join('\n'));
  return answer.failed.length > 0 ? exits.refused : undefined;
}

function wakeCommand(): Command {
  const wake = operationCommand({
    name: 'wake',
    summary:
      'Wakes a process by hand, now or once --at a time. --payload takes JSON, text, @file or - (standard input).',
    args: ['name'],
    operation: 'wakeProcess',
    text: () => '',
  });
  return {
    ...wake,
    flags: {
      ...wake.flags,
      wait: ownFlag('wait', 'boolean', 'Wait until the event has ended; exit code 1 unless it is done.'),
    },
    async run(call) {
      const { wait, ...input } = call.input;
      const node = call.node();
      const woken = await node.wakeProcess(input as { name: string });
      if (wait !== true || woken.eventId === '') {
        const known = woken.duplicate ? ' (known already)' : '';
        call.show(woken, () => (woken.eventId ? woken.eventId + known : 'The filter of the trigger let it pass by.'));
        return undefined;
      }
      const { event, run } = await untilEnded(node, woken.eventId, call.terminal.interrupted);
      call.show({ event, run }, () => {
        const reason = event.reason ? `: ${printable(event.reason)}` : '';
        const output = run
          ? `\n${printable(typeof run.output === 'string' ? run.output : JSON.stringify(run.output))}`
          : '';
        return `${event.id} is ${event.state}${reason}${output}`;
      });
      return event.state === 'done' ? undefined : exits.refused;
    },
  };
}

function processTable(items: readonly ProcessView[], { terminal }: Invocation): string {
  if (items.length === 0)
    return 'No processes. Create one: agent-runtime init hello && agent-runtime create hello.agent --start';
  const now = terminal.now();
  return table(
    items,
    [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'MODEL', value: ({ model }) => model },
      {
        title: 'WAITING',
        value: ({ waiting, parked }) => (parked ? `${waiting} (+${parked} parked)` : String(waiting)),
      },
      {
        title: 'LAST RUN',
        value: ({ lastRun }) => (lastRun ? `${lastRun.state} ${relative(lastRun.startedAt, now)}` : '-'),
      },
      { title: 'NEXT', value: ({ nextFiring }) => relative(nextFiring, now) },
      { title: 'TRIGGERS', value: ({ triggers }) => orDash(triggers.map(({ summary }) => summary).join('; ')) },
    ],
    terminal.columns,
  );
}

function triggerTable(items: readonly TriggerView[], { terminal }: Invocation): string {
  const now = terminal.now();
  return table(
    items,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'TYPE', value: ({ type }) => type },
      { title: 'ON', value: ({ enabled }) => (enabled ? 'yes' : 'no') },
      { title: 'LAST', value: ({ lastFired }) => relative(lastFired, now) },
      { title: 'NEXT', value: ({ nextFiring }) => relative(nextFiring, now) },
      { title: 'WHAT', value: ({ summary }) => summary },
    ],
    terminal.columns,
  );
}

function processFacts(process: Output<'getProcess'>, call: Invocation): string {
  const { counts, usage } = process;
  const now = call.terminal.now();
  return facts([
    ['name', process.name],
    ['description', orDash(process.description)],
    ['state', `${process.state}, since ${relative(process.stateSince, now)}: ${orDash(process.stateReason)}`],
    ['model', process.model],
    ['version', String(process.version)],
    ['waiting', `${process.waiting}, ${process.parked} parked`],
    ['events', `${counts.accepted} accepted, ${counts.done} done, ${counts.dead} dead, ${counts.cancelled} cancelled`],
    ['usage', `${usage.modelCalls} model calls, ${usage.toolCalls} tool calls, $${usage.costUsd.toFixed(4)}`],
    ['next', relative(process.nextFiring, now)],
    ['journal', `${process.journal.seq} entries`],
    ['triggers', process.triggers.map(({ id, summary }) => `${id}: ${summary}`).join(', ') || '-'],
  ]);
}
