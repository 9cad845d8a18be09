/** What a list of runs can say about each, beside its state and what came of it, which it always says. */
export const runColumns = [
  { id: 'agent', title: 'Agent', rem: 8, track: 'minmax(8rem,12rem)', right: false },
  { id: 'trigger', title: 'Woken by', rem: 6, track: 'minmax(6rem,9rem)', right: false },
  { id: 'version', title: 'Version', rem: 3.75, track: '3.75rem', right: true },
  { id: 'node', title: 'Node', rem: 6, track: '6rem', right: false },
  { id: 'steps', title: 'Steps', rem: 3, track: '3rem', right: true },
  { id: 'modelCalls', title: 'Model calls', rem: 5, track: '5rem', right: true },
  { id: 'toolCalls', title: 'Tool calls', rem: 4.25, track: '4.25rem', right: true },
  { id: 'tokens', title: 'Tokens', rem: 4, track: '4rem', right: true },
  { id: 'cost', title: 'Cost', rem: 4, track: '4rem', right: true },
  { id: 'took', title: 'Took', rem: 5, track: '5rem', right: true },
  { id: 'began', title: 'Began', rem: 5, track: '5rem', right: true },
  { id: 'ended', title: 'Ended', rem: 5, track: '5rem', right: true },
] as const;

export type RunColumn = (typeof runColumns)[number];
export type RunColumnId = RunColumn['id'];

/**
 * Where there is no room for all, the first of these go first: of what is usual the plainest, before what somebody chose
 * beside it. The agent stays.
 */
const leftOutFirst: readonly RunColumnId[] = [
  'steps',
  'trigger',
  'ended',
  'toolCalls',
  'modelCalls',
  'took',
  'node',
  'tokens',
  'version',
  'began',
  'cost',
];

const fixed = { box: 1.125, state: 8.75, outcome: 9, sides: 3, gap: 0.75 } as const;

export interface RunsLayout {
  /** In the order in which they stand. */
  columns: readonly RunColumn[];
  /** Wanted, but there is no room for them. */
  leftOut: readonly RunColumnId[];
  /** Tracks of the grid. */
  template: string;
  leastRem: number;
}

/** Which of the wanted columns a list of a width shows; `rem` null: it is not known yet. `named`: it is of many agents. */
export function runsLayout(wanted: readonly string[], named: boolean, rem: number | null): RunsLayout {
  let columns: readonly RunColumn[] = runColumns.filter(({ id }) => wanted.includes(id) && (named || id !== 'agent'));
  const leftOut: RunColumnId[] = [];
  for (const id of leftOutFirst) {
    if (rem === null || leastOf(columns) <= rem) break;
    if (!columns.some((column) => column.id === id)) continue;
    columns = columns.filter((column) => column.id !== id);
    leftOut.push(id);
  }
  const [before, after] = [columns.filter(isBeforeOutcome), columns.filter((column) => !isBeforeOutcome(column))];
  const tracks = [
    `${fixed.box}rem`,
    `${fixed.state}rem`,
    ...before.map(({ track }) => track),
    `minmax(${fixed.outcome}rem,1fr)`,
    ...after.map(({ track }) => track),
  ];
  return { columns, leftOut, template: tracks.join(' '), leastRem: leastOf(columns) };
}

/** The agent stands before what came of its run, everything else after. */
export function isBeforeOutcome({ id }: RunColumn): boolean {
  return id === 'agent';
}

function leastOf(columns: readonly RunColumn[]): number {
  const own = fixed.box + fixed.state + fixed.outcome + fixed.sides;
  return columns.reduce((sum, { rem }) => sum + rem + fixed.gap, own + 2 * fixed.gap);
}
