import type { Output } from '../../../shared/api.ts';
import type { Json } from '../../../shared/json.ts';
import { type Command, operationCommand } from '../command.ts';
import { readTime, readValue } from '../flags.ts';
import type { Terminal } from '../terminal.ts';
import { clockTime, facts, orDash, printable, relative, span, table, valueText } from '../text.ts';

export const runCommands: Command[] = [
  operationCommand<'listRuns', Output<'listRuns'>>({
    name: 'runs',
    summary: 'Lists runs, newest first.',
    operation: 'listRuns',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'RUN', value: ({ id }) => id },
          { title: 'PROCESS', value: ({ process }) => process },
          { title: 'STATE', value: ({ state }) => state },
          { title: 'TRIGGER', value: ({ trigger }) => trigger },
          { title: 'STARTED', value: ({ startedAt }) => relative(startedAt, terminal.now()) },
          { title: 'TOOK', value: ({ startedAt, endedAt }) => (endedAt === null ? '-' : span(endedAt - startedAt)) },
          { title: 'STEPS', value: ({ stepCount }) => String(stepCount) },
          {
            title: 'RESULT',
            value: ({ error, output, doing, endedAt, idle }) =>
              error?.message ?? (endedAt === null ? orDash(doing) : idle ? 'nothing to do' : valueText(output)),
          },
        ],
        terminal.columns,
      ),
  }),
  operationCommand<'getRun', Output<'getRun'>>({
    name: 'run',
    summary: 'Shows one run, step by step.',
    args: ['id'],
    operation: 'getRun',
    text: (run, { terminal }) => {
      const head = facts([
        ['run', run.id],
        ['process', run.process],
        ['event', `${run.eventId} (${run.trigger})`],
        ['state', run.state],
        ['started', clockTime(run.startedAt)],
        ['ended', run.endedAt === null ? '-' : clockTime(run.endedAt)],
        ['output', run.idle ? 'nothing to do' : valueText(run.output)],
        ['note', orDash(run.note)],
        ['error', run.error ? `${run.error.code}: ${run.error.message}` : '-'],
      ]);
      const columns = [
        { title: '#', value: ({ step }: (typeof run.steps)[number]) => String(step) },
        { title: 'KIND', value: ({ kind }: (typeof run.steps)[number]) => kind },
        { title: 'NAME', value: ({ name }: (typeof run.steps)[number]) => name },
        { title: 'STATE', value: ({ state }: (typeof run.steps)[number]) => state },
        {
          title: 'RESULT',
          value: ({ error, result }: (typeof run.steps)[number]) => error?.message ?? valueText(result),
        },
      ];
      return `${head}\n\n${table(run.steps, columns, terminal.columns)}`;
    },
  }),
  operationCommand<'noteRun', Output<'noteRun'>>({
    name: 'note',
    summary: 'Keeps a note with a run; an empty one takes it away.',
    args: ['id', 'note'],
    operation: 'noteRun',
    text: ({ id, note }) => (note === null ? `${id} has no note` : printable(`${id}: ${note}`)),
  }),
  operationCommand<'cancelRun', Output<'cancelRun'>>({
    name: 'cancel',
    summary: 'Stops a run at the step it is in.',
    args: ['id'],
    operation: 'cancelRun',
    text: ({ id, state }) => `${id} is ${state}`,
  }),
  operationCommand<'redeliver', Output<'redeliver'>>({
    name: 'redeliver',
    summary: 'Starts a new run for an event that has ended.',
    args: ['id'],
    operation: 'redeliver',
    text: ({ eventId }) => eventId,
  }),
  operationCommand<'listTriggerEvents', Output<'listTriggerEvents'>>({
    name: 'trigger-events',
    summary: 'Lists what woke processes, newest first.',
    operation: 'listTriggerEvents',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'EVENT', value: ({ id }) => id },
          { title: 'PROCESS', value: ({ process }) => process },
          { title: 'TRIGGER', value: ({ trigger }) => trigger },
          { title: 'STATE', value: ({ state }) => state },
          { title: 'ACCEPTED', value: ({ acceptedAt }) => relative(acceptedAt, terminal.now()) },
          { title: 'REASON', value: ({ reason }) => orDash(reason) },
        ],
        terminal.columns,
      ),
  }),
  operationCommand<'moveTriggerEvent', Output<'moveTriggerEvent'>>({
    name: 'move-event',
    summary: 'Moves an event that was set for a time (wake --at) to another time, such as 2026-01-31T09:00.',
    args: ['id', 'to'],
    operation: 'moveTriggerEvent',
    prepare: ({ words, terminal }) => ({ id: words[0] ?? '', to: readTime(words[1] ?? '', terminal) }),
    text: ({ id, notBefore }) => `${id} begins at ${notBefore === null ? '-' : clockTime(notBefore)}`,
  }),
  operationCommand<'listInbox', Output<'listInbox'>>({
    name: 'inbox',
    summary: 'Lists what waits for a person: questions, failures, missed times, results to read.',
    operation: 'listInbox',
    text: ({ items }, { terminal }) =>
      items.length === 0
        ? 'Nothing waits for you.'
        : table(
            items,
            [
              { title: 'ITEM', value: ({ id }) => id },
              { title: 'PROCESS', value: ({ process }) => process },
              { title: 'KIND', value: ({ kind, count }) => (count > 1 ? `${kind} ×${count}` : kind) },
              { title: 'OPENED', value: ({ openedAt }) => relative(openedAt, terminal.now()) },
              { title: 'ANSWERS', value: ({ choices }) => orDash(choices.join(' | ')) },
              { title: 'QUESTION', value: ({ title, question }) => question || title },
            ],
            terminal.columns,
          ),
  }),
  operationCommand<'snoozeInboxItem', Output<'snoozeInboxItem'>>({
    name: 'snooze',
    summary: 'Puts an inbox item out of the way until a time, such as 2026-01-31T09:00 (default: in an hour).',
    args: ['id', 'until?'],
    operation: 'snoozeInboxItem',
    prepare: ({ input, terminal }) => ({ ...input, until: untilOf(input['until'], terminal) }),
    text: ({ id, snoozedUntil }) => `${id} is back ${snoozedUntil === null ? 'now' : clockTime(snoozedUntil)}`,
  }),
  operationCommand<'answerInboxItem', Output<'answerInboxItem'>>({
    name: 'answer',
    summary: 'Answers an inbox item; its run goes on. The answer is JSON or text.',
    args: ['id', 'answer'],
    operation: 'answerInboxItem',
    prepare: async ({ input, terminal }) => ({ ...input, answer: await readValue(String(input['answer']), terminal) }),
    text: ({ id, answer }) => printable(`${id} is answered: ${valueText(answer)}`),
  }),
  operationCommand<'answerReports', Output<'answerReports'>>({
    name: 'answer all',
    summary: 'Gives the same answer to all open items of a kind: failure, missed, finished, clock or halted.',
    args: ['kind', 'answer'],
    operation: 'answerReports',
    text: ({ answered, failed, left }) =>
      [`${answered} answered, ${left} left`, ...failed.map(({ id, message }) => printable(`${id}: ${message}`))].join(
        '\n',
      ),
  }),
];

/** @throws UsageError */
function untilOf(text: Json | undefined, terminal: Terminal): number | null {
  if (text === undefined) return terminal.now() + 3_600_000;
  return text === 'now' ? null : readTime(text, terminal);
}
