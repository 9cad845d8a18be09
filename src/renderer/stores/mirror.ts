import { ProcessState } from '../../shared/lifecycle.ts';
import type { RuntimeNotice } from '../../shared/notices.ts';
import type { InboxItemView, NodeView, ProcessView } from '../../shared/views/views.ts';
import type { NoticeCursor } from '../bridge/bridge.ts';

/** What a model is saying in a step that still runs. */
export interface LiveText {
  step: number;
  text: string;
}

/** What has changed at the node and has not been read again yet. */
export interface Stale {
  processes: ReadonlySet<string>;
  allProcesses: boolean;
  node: boolean;
  inbox: boolean;
}

/** What the window knows of its runtime: a copy that notices say how to keep fresh. */
export interface Mirror {
  cursor: NoticeCursor | null;
  node: NodeView | null;
  processes: Readonly<Record<string, ProcessView>>;
  /** Open items that need a person, oldest first. */
  inbox: readonly InboxItemView[];
  /** What happened to nodes and to where agents live since this window was opened, newest last. */
  clusterNews: readonly RuntimeNotice[];
  /** By run. */
  liveText: Readonly<Record<string, LiveText>>;
  stale: Stale;
}

export const nothingStale: Stale = { processes: new Set(), allProcesses: false, node: false, inbox: false };
export const everythingStale: Stale = { processes: new Set(), allProcesses: true, node: true, inbox: true };

export const emptyMirror: Mirror = {
  cursor: null,
  node: null,
  processes: {},
  inbox: [],
  clusterNews: [],
  liveText: {},
  stale: everythingStale,
};

/** A streamed answer is cut at the front beyond this many characters: the step itself holds the whole. */
const longestLiveText = 20_000;

/** How one notice changes the copy. Facts the notice carries are taken at once; the rest is marked to be read again. */
export function applyNotice(mirror: Mirror, notice: RuntimeNotice): Mirror {
  const cursor = { boot: notice.boot, seq: notice.seq };
  const restarted = mirror.cursor !== null && mirror.cursor.boot !== notice.boot;
  if (notice.kind === 'notices.gap' || restarted) return { ...mirror, cursor, liveText: {}, stale: everythingStale };
  return { ...changed(mirror, notice), cursor };
}

function changed(before: Mirror, notice: RuntimeNotice): Mirror {
  const mirror = isClusterNews(notice) ? withNews(before, notice) : before;
  switch (notice.kind) {
    case 'process.deleted':
      return withoutProcess(mirror, notice.process);
    case 'process.changed':
      return staleProcess({ ...withState(mirror, notice), stale: { ...mirror.stale, node: true } }, notice.process);
    case 'event.changed':
    case 'run.changed':
      return staleProcess({ ...withoutText(mirror, notice), stale: { ...mirror.stale, node: true } }, notice.process);
    case 'step.changed':
      return staleProcess(withoutText(mirror, notice), notice.process);
    case 'step.text':
      return withText(mirror, notice);
    case 'inbox.changed':
      return { ...mirror, stale: { ...mirror.stale, inbox: true, node: true } };
    case 'node.changed':
      return { ...mirror, stale: { ...mirror.stale, node: true } };
    default:
      return mirror;
  }
}

const crossings = new Set(['moved', 'arrived', 'yielded', 'branched']);
const keptNews = 50;

/** Nodes that come and go, and agents that change nodes; pairing and discovery have places of their own. */
function isClusterNews({ kind, state = '', item }: RuntimeNotice): boolean {
  if (kind === 'process.changed') return crossings.has(state);
  return kind === 'cluster.changed' && (item !== undefined || state === 'duplicate');
}

function withNews(mirror: Mirror, notice: RuntimeNotice): Mirror {
  return { ...mirror, clusterNews: [...mirror.clusterNews, notice].slice(-keptNews) };
}

function staleProcess(mirror: Mirror, name: string | undefined): Mirror {
  if (name === undefined || mirror.stale.processes.has(name)) return mirror;
  return { ...mirror, stale: { ...mirror.stale, processes: new Set(mirror.stale.processes).add(name) } };
}

function withState(mirror: Mirror, { process, state, at }: RuntimeNotice): Mirror {
  const known = process === undefined ? undefined : mirror.processes[process];
  const next = ProcessState.safeParse(state);
  if (!known || !next.success || known.state === next.data) return mirror;
  const view = { ...known, state: next.data, stateSince: at };
  return { ...mirror, processes: { ...mirror.processes, [known.name]: view } };
}

function withoutProcess(mirror: Mirror, name: string | undefined): Mirror {
  if (name === undefined) return mirror;
  const { [name]: _gone, ...processes } = mirror.processes;
  const still = new Set([...mirror.stale.processes].filter((other) => other !== name));
  return { ...mirror, processes, stale: { ...mirror.stale, processes: still, node: true, inbox: true } };
}

function withText(mirror: Mirror, { run, step = 0, text = '' }: RuntimeNotice): Mirror {
  if (run === undefined) return mirror;
  const before = mirror.liveText[run];
  const whole = (before?.step === step ? before.text : '') + text;
  return { ...mirror, liveText: { ...mirror.liveText, [run]: { step, text: whole.slice(-longestLiveText) } } };
}

/** A step or run that moved on has its words in the journal: what streamed is let go. */
function withoutText(mirror: Mirror, { run, step, state }: RuntimeNotice): Mirror {
  if (run === undefined || !mirror.liveText[run] || state === 'running') return mirror;
  if (step !== undefined && mirror.liveText[run].step > step) return mirror;
  const { [run]: _said, ...liveText } = mirror.liveText;
  return { ...mirror, liveText };
}

/** Which reads of the screens a notice makes old; `*` makes all of them old. */
export function topicsOf(notice: RuntimeNotice): string[] {
  const { kind, process, run } = notice;
  const mine = (...topics: string[]) => (process === undefined ? topics : [...topics, `journal:${process}`]);
  switch (kind) {
    case 'notices.gap':
      return ['*'];
    case 'cluster.changed':
      return ['cluster'];
    case 'process.changed':
    case 'process.deleted':
      return mine('processes', `process:${process}`);
    case 'event.changed':
      return mine('events', `events:${process}`);
    case 'run.changed':
      return mine('runs', `runs:${process}`, `run:${run}`, `conversation:${process}`);
    case 'step.changed':
      return mine(`run:${run}`);
    case 'context.changed':
      return mine(`context:${process}`);
    case 'inbox.changed':
      return mine('inbox');
    case 'bus.published':
      return ['bus'];
    case 'node.changed':
      return notice.state === undefined ? ['node'] : ['node', notice.state];
    default:
      return [];
  }
}
