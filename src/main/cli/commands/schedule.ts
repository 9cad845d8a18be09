import type { Output } from '../../../shared/api.ts';
import type { SilentNode } from '../../../shared/views/gathered-view.ts';
import { type Command, type Invocation, operationCommand } from '../command.ts';
import { readValue } from '../flags.ts';
import { clockTime, orDash, printable, relative, span, table } from '../text.ts';

type Pauses = Output<'getPauses'>;
type Line = Output<'costs'>['processes'][number];

/** When agents are woken, and when they are not. */
export const scheduleCommands: Command[] = [
  operationCommand<'schedule', Output<'schedule'>>({
    name: 'schedule',
    summary: 'Lists planned times of the day that was and the day to come, with what became of each and why.',
    args: ['process?'],
    operation: 'schedule',
    text: ({ items, now, silent, nodeNames }, { terminal }) =>
      items.length === 0
        ? withSilent('No schedule has a time in this stretch.', silent)
        : withSilent(
            table(
              items,
              [
                ...nodeColumn(items, nodeNames),
                { title: 'AT', value: ({ instant }) => clockTime(instant) },
                { title: 'WHEN', value: ({ instant }) => relative(instant, now) },
                { title: 'PROCESS', value: ({ process }) => process },
                { title: 'TRIGGER', value: ({ trigger }) => trigger },
                { title: 'OUTCOME', value: ({ outcome, count }) => (count > 1 ? `${outcome} ×${count}` : outcome) },
                { title: 'WHY', value: ({ reason }) => orDash(reason) },
              ],
              terminal.columns,
            ),
            silent,
          ),
  }),
  operationCommand<'forecast', Output<'forecast'>>({
    name: 'forecast',
    summary:
      'Says how often schedules will wake agents in the week to come, and what that will use if runs go on as before.',
    args: ['process?'],
    operation: 'forecast',
    text: ({ items, silent, nodeNames }, { terminal }) =>
      withSilent(
        table(
          items,
          [
            ...nodeColumn(items, nodeNames),
            { title: 'PROCESS', value: ({ process }) => process },
            { title: 'TIMES', value: ({ firings }) => String(firings) },
            { title: 'PAUSED', value: ({ paused }) => String(paused) },
            { title: 'TOKENS', value: ({ basis, tokens }) => (basis === 0 ? '-' : String(Math.round(tokens))) },
            { title: 'COST', value: ({ basis, costUsd }) => (basis === 0 ? '-' : dollars(costUsd)) },
            { title: 'AT WORK', value: ({ basis, workedMs }) => (basis === 0 ? '-' : span(workedMs)) },
          ],
          terminal.columns,
        ),
        silent,
      ),
  }),
  operationCommand<'getPauses', Pauses>({
    name: 'pauses list',
    summary: 'Lists pause windows: holidays and quiet hours in which schedules wake nobody.',
    operation: 'getPauses',
    text: pausesTable,
  }),
  operationCommand<'setPauses', Pauses>({
    name: 'pauses set',
    summary:
      'Sets all pause windows: a JSON list as `pauses list --json` prints it under "windows", @file or - for standard input.',
    args: ['windows'],
    operation: 'setPauses',
    prepare: async ({ words, terminal }) => ({ windows: await readValue(words[0] ?? '', terminal) }),
    text: pausesTable,
  }),
  operationCommand<'costs', Output<'costs'>>({
    name: 'costs',
    summary: 'Shows what agents used in the last 30 days, the dearest first.',
    operation: 'costs',
    text: ({ processes, total, silent, nodeNames }, { terminal }) =>
      withSilent(
        table(
          [...processes, { ...total, process: 'all' }] as Line[],
          [
            ...nodeColumn<Line>(processes, nodeNames),
            { title: 'PROCESS', value: ({ process }) => process },
            { title: 'RUNS', value: ({ runs }) => String(runs) },
            { title: 'TOKENS', value: ({ inputTokens, outputTokens }) => String(inputTokens + outputTokens) },
            { title: 'UNPRICED', value: ({ unpricedTokens }) => String(unpricedTokens) },
            { title: 'COST', value: ({ costUsd }) => dollars(costUsd) },
            { title: 'TIME', value: ({ lastedMs }) => span(lastedMs) },
          ],
          terminal.columns,
        ),
        silent,
      ),
  }),
];

/** Only where lines of several nodes stand together. */
function nodeColumn<T extends { node?: string | undefined }>(lines: readonly T[], names: Names = {}) {
  if (lines.every(({ node }) => node === undefined)) return [];
  return [{ title: 'NODE', value: ({ node = '' }: T) => names[node] ?? node }];
}

type Names = Readonly<Record<string, string>> | undefined;

/** Who did not answer stands below, since nothing of it stands above. */
function withSilent(text: string, silent: readonly SilentNode[] = []): string {
  const lines = silent.map(({ name, reason }) => printable(`Nothing of ${name} is in this: ${reason}`));
  return [text, ...lines].join('\n');
}

function pausesTable({ windows, now }: Pauses, { terminal }: Invocation): string {
  if (windows.length === 0) return 'Nothing is paused.';
  const until = (id: string) => now.find((one) => one.id === id)?.until ?? null;
  return table(
    windows,
    [
      { title: 'WINDOW', value: ({ id }) => id },
      { title: 'CALLED', value: ({ title }) => title },
      {
        title: 'WHEN',
        value: ({ from, until: to, start, end, days, zone }) =>
          from !== undefined && to !== undefined
            ? `${clockTime(from)} to ${clockTime(to)}`
            : `${start} to ${end} (${zone}) ${days.length === 7 ? 'every day' : days.join(', ')}`,
      },
      { title: 'AGENTS', value: ({ processes }) => (processes.length === 0 ? 'all' : processes.join(', ')) },
      { title: 'PLANNED', value: ({ policy }) => (policy === 'skip' ? 'left out' : 'waits for its end') },
      { title: 'NOW', value: ({ id, enabled }) => (enabled ? ends(until(id), terminal.now()) : 'off') },
    ],
    terminal.columns,
  );
}

const ends = (at: number | null, now: number): string => (at === null ? '-' : `ends ${relative(at, now)}`);
const dollars = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 0.01 ? 4 : 2)}`;
