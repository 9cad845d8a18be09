import { createStore, type StoreApi } from 'zustand/vanilla';
import { clientOf, type RuntimeClient } from '../../shared/api.ts';
import { pressingKinds } from '../../shared/inbox-kinds.ts';
import type { RuntimeNotice } from '../../shared/notices.ts';
import type { InboxItemView, NodeView, ProcessView } from '../../shared/views/views.ts';
import type { Bridge } from '../bridge/bridge.ts';
import { saysTheSame } from './merge-pages.ts';
import {
  applyNotice,
  emptyMirror,
  everythingStale,
  type Mirror,
  nothingStale,
  type Stale,
  topicsOf,
} from './mirror.ts';

export interface Connection {
  state: 'connecting' | 'live' | 'lost' | 'denied';
  /** Epoch ms. */
  since: number;
}

export interface RuntimeState extends Mirror {
  connection: Connection;
  /** The first reading is done: an empty list now means that there is nothing. */
  ready: boolean;
}

export interface RuntimeStore extends StoreApi<RuntimeState> {
  readonly client: RuntimeClient;
  /** Every process by name; the same array until one of them changes. */
  inOrder(): readonly ProcessView[];
  readonly bridge: Bridge;
  /** Tells which reads have become old, at most every `batchMs`. */
  onStale(listener: (topics: ReadonlySet<string>) => void): () => void;
  start(): () => void;
}

/** Notices are taken in batches this far apart, so that no view is drawn more than ten times a second. */
export const batchMs = 120;
/** So many are read by name in a round; beyond `manyStale` names the whole list is read instead, at most every `listEveryMs`. */
const namesPerRound = 30;
const manyStale = 60;
const listEveryMs = 3_000;

/**
 * The window's mirror of its runtime. `applyNotice` is the only writer besides the snapshots read here: actions call
 * the API and the change comes back as a notice, so two windows cannot differ.
 */
export function createRuntimeStore(bridge: Bridge): RuntimeStore {
  const store = createStore<RuntimeState>(() => ({
    ...emptyMirror,
    connection: { state: 'connecting', since: Date.now() },
    ready: false,
  }));
  const client = clientOf((name, input) => bridge.call(name, input));
  const listeners = new Set<(topics: ReadonlySet<string>) => void>();
  const tell = (topics: ReadonlySet<string>) => {
    for (const listener of listeners) listener(topics);
  };

  function start(): () => void {
    let waiting: RuntimeNotice[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const reading = mirrorReading(store, client, () => soon());

    function soon(): void {
      timer ??= setTimeout(round, batchMs);
    }
    function round(): void {
      timer = undefined;
      const batch = waiting;
      waiting = [];
      if (batch.length > 0) {
        store.setState((state) => batch.reduce<Mirror>(applyNotice, state));
        tell(new Set(batch.flatMap(topicsOf)));
      }
      reading();
    }
    const connection = (state: Connection['state']) =>
      store.setState((now) => (now.connection.state === state ? now : { connection: { state, since: Date.now() } }));

    const stop = bridge.watch(() => store.getState().cursor, {
      opened() {
        if (store.getState().connection.state === 'lost') {
          store.setState({ stale: everythingStale });
          tell(new Set(['*']));
        }
        connection('live');
        soon();
      },
      notice(notice) {
        waiting.push(notice);
        soon();
      },
      lost: () => connection('lost'),
      denied: () => connection('denied'),
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }

  return Object.assign(store, {
    client,
    inOrder: processOrder(store),
    bridge,
    start,
    onStale(listener: (topics: ReadonlySet<string>) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
}

/** Sorting names for each of the many who list them would cost more than drawing them. */
function processOrder(store: StoreApi<RuntimeState>): () => readonly ProcessView[] {
  const { compare } = new Intl.Collator('en');
  let from: Mirror['processes'] | undefined;
  let names: string[] = [];
  let views: readonly ProcessView[] = [];
  return () => {
    const { processes } = store.getState();
    if (processes === from) return views;
    from = processes;
    const same = names.length === Object.keys(processes).length && names.every((name) => processes[name] !== undefined);
    if (!same) names = Object.keys(processes).sort(compare);
    views = names.flatMap((name) => processes[name] ?? []);
    return views;
  };
}

/** Reads what is stale, one round at a time; asks for another round while something is left. */
function mirrorReading(store: StoreApi<RuntimeState>, client: RuntimeClient, again: () => void): () => void {
  let busy = false;
  let listedAt = 0;

  return () => {
    const { stale, connection } = store.getState();
    if (busy || connection.state === 'lost' || connection.state === 'denied' || isFresh(stale)) return;
    busy = true;
    const listWanted = stale.allProcesses || stale.processes.size > manyStale;
    const listNow = listWanted && (stale.allProcesses || performance.now() - listedAt > listEveryMs);
    const names = listWanted ? [] : [...stale.processes].slice(0, namesPerRound);
    store.setState({ stale: remaining(stale, listNow, names) });
    if (listNow) listedAt = performance.now();
    readRound(client, { listNow, names, node: stale.node, inbox: stale.inbox })
      .then((fresh) => store.setState((state) => ({ ...merged(state, fresh), ready: true })))
      .catch(() => store.setState((state) => ({ stale: union(state.stale, stale) })))
      .finally(() => {
        busy = false;
        if (!isFresh(store.getState().stale)) setTimeout(again, batchMs);
      });
  };
}

interface Fresh {
  all: ProcessView[] | null;
  /** Null: there is no such process any more, or it lives on another node now. */
  some: Map<string, ProcessView | null>;
  node: NodeView | null;
  inbox: InboxItemView[] | null;
}

async function readRound(
  client: RuntimeClient,
  want: { listNow: boolean; names: string[]; node: boolean; inbox: boolean },
): Promise<Fresh> {
  const [all, some, node, inbox] = await Promise.all([
    want.listNow ? everyProcess(client) : null,
    someProcesses(client, want.names),
    want.node ? client.node({}) : null,
    want.inbox ? client.listInbox({ state: 'open', kind: pressingKinds.join(), limit: 500 }) : null,
  ]);
  return { all, some, node, inbox: inbox?.items ?? null };
}

async function everyProcess(client: RuntimeClient): Promise<ProcessView[]> {
  const views: ProcessView[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listProcesses({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    views.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return views;
}

async function someProcesses(client: RuntimeClient, names: readonly string[]): Promise<Fresh['some']> {
  const some: Fresh['some'] = new Map(names.map((name) => [name, null]));
  if (names.length === 0) return some;
  const { items } = await client.listProcesses({ names: names.join() });
  for (const view of items) if (view.node === undefined) some.set(view.name, view);
  return some;
}

function merged(state: RuntimeState, fresh: Fresh): Partial<RuntimeState> {
  const kept = (view: ProcessView) => {
    const known = state.processes[view.name];
    return known && saysTheSame(known, view) ? known : view;
  };
  const processes: Record<string, ProcessView> = fresh.all
    ? Object.fromEntries(fresh.all.map((view) => [view.name, kept(view)]))
    : { ...state.processes };
  for (const [name, view] of fresh.some) {
    if (view) processes[name] = kept(view);
    else delete processes[name];
  }
  const inbox = fresh.inbox?.toSorted((a, b) => a.openedAt - b.openedAt) ?? state.inbox;
  return { processes, node: fresh.node ?? state.node, inbox };
}

function isFresh(stale: Stale): boolean {
  return !stale.allProcesses && !stale.node && !stale.inbox && stale.processes.size === 0;
}

function remaining(stale: Stale, listed: boolean, read: readonly string[]): Stale {
  if (listed) return nothingStale;
  const left = new Set([...stale.processes].filter((name) => !read.includes(name)));
  return { ...nothingStale, processes: left };
}

function union(a: Stale, b: Stale): Stale {
  return {
    processes: new Set([...a.processes, ...b.processes]),
    allProcesses: a.allProcesses || b.allProcesses,
    node: a.node || b.node,
    inbox: a.inbox || b.inbox,
  };
}
