import type { Output } from '../../../shared/api.ts';
import type { JournalEntryView } from '../../../shared/views/views.ts';
import { type Command, type Invocation, operationCommand, ownFlag } from '../command.ts';
import { exits } from '../terminal.ts';
import { clockTime, cut, facts, oneLine, printable } from '../text.ts';

export const journalCommands: Command[] = [
  operationCommand<'readJournal', Output<'readJournal'>>({
    name: 'journal',
    summary: 'Reads the journal of a process, entry by entry.',
    args: ['name'],
    operation: 'readJournal',
    text: ({ items }, { terminal }) => items.map((entry) => entryLine(entry, terminal.columns)).join('\n'),
  }),
  logsCommand(),
  operationCommand<'rewind', Output<'rewind'>>({
    name: 'rewind',
    summary: 'Sets what a process keeps back to what it was after an entry; --dry-run only says what would change.',
    args: ['name', 'to'],
    operation: 'rewind',
    prepare: ({ input }) => ({ ...input, to: Number(input['to']) }),
    text: ({ seq, context, conversation }) =>
      [
        seq === null ? 'It would change:' : `Set back by entry ${seq}:`,
        ...context.map(({ key, change }) => printable(`  ${change} ${key}`)),
        ...(conversation ? [`  conversation: ${conversation.before} messages → ${conversation.after}`] : []),
      ].join('\n'),
  }),
  verifyCommand(),
];

/** One entry on one line: when, number, what happened, and how much of the rest there is room for. */
export function entryLine({ seq, at, kind, body }: JournalEntryView, width: number): string {
  return cut(`${clockTime(at)} ${String(seq).padStart(5)} ${kind.padEnd(18)} ${oneLine(JSON.stringify(body))}`, width);
}

function logsCommand(): Command {
  const tail = operationCommand({
    name: 'logs',
    summary: '',
    args: ['name'],
    operation: 'readJournal',
    text: () => '',
  });
  const { kind, limit } = tail.flags;
  return {
    ...tail,
    summary: 'Shows the latest entries of a process; --follow goes on with new ones.',
    flags: {
      ...(kind ? { kind } : {}),
      ...(limit ? { limit } : {}),
      follow: ownFlag('follow', 'boolean', 'Go on until Ctrl-C.'),
    },
    async run(call) {
      const { follow, ...input } = call.input;
      const query = { limit: 50, ...input } as { name: string; kind?: never; limit: number };
      const { items } = await call.node().readJournal({ ...query, order: 'desc' });
      const latest = items.toReversed();
      if (follow !== true) {
        call.show(latest, () => latest.map((entry) => entryLine(entry, call.terminal.columns)).join('\n'));
        return undefined;
      }
      for (const entry of latest) print(call, entry);
      await followJournal(call, query, latest.at(-1)?.seq ?? 0);
      return undefined;
    },
  };
}

function print(call: Invocation, entry: JournalEntryView): void {
  call.show(entry, () => entryLine(entry, call.terminal.columns));
}

/** Notices only say that something happened; the journal says what, in order and once, also after a lost connection. */
async function followJournal(call: Invocation, query: { name: string; kind?: never }, from: number): Promise<void> {
  const node = call.node();
  const { interrupted } = call.terminal;
  const ended = Promise.withResolvers<void>();
  let after = from;
  let reading = Promise.resolve();
  const readOn = async () => {
    for (;;) {
      const { items } = await node.readJournal({ ...query, after, order: 'asc', limit: 500 });
      for (const entry of items) {
        print(call, entry);
        after = entry.seq;
      }
      if (items.length < 500) return;
    }
  };
  const look = () => {
    reading = reading.then(readOn).catch((thrown: { retryable?: boolean }) => {
      if (!thrown.retryable) ended.reject(thrown);
    });
  };
  const unwatch = node.watch(
    null,
    (notice) => {
      if (notice.process === query.name || notice.kind === 'notices.gap') look();
    },
    (state) => {
      if (state.state === 'connected') look();
      if (state.state === 'lost') call.terminal.err('The node is gone; waiting for it …');
      if (state.state === 'refused') ended.reject(state.error);
    },
  );
  const stop = () => ended.resolve();
  interrupted.addEventListener('abort', stop);
  try {
    await ended.promise;
  } finally {
    unwatch();
    interrupted.removeEventListener('abort', stop);
  }
}

function verifyCommand(): Command {
  const verify = operationCommand({
    name: 'verify',
    summary: 'Checks the hash chain of a journal, and that replaying gives the state that is live.',
    args: ['name'],
    operation: 'verifyJournal',
    text: () => '',
  });
  return {
    ...verify,
    async run(call) {
      const answer = await call.node().verifyJournal(call.input as { name: string });
      call.show(answer, () =>
        facts([
          ['journal', answer.ok ? 'in order' : `BROKEN: ${answer.problem}`],
          ['entries', String(answer.entries)],
          ['live', answer.liveHash],
          ['replayed', answer.replayHash],
        ]),
      );
      return answer.ok ? undefined : exits.refused;
    },
  };
}
