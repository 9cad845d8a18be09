import type { RuntimeApi } from '../../../shared/api.ts';
import type { EntryBody, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { ContextLockView } from '../../../shared/views/context-views.ts';
import type { ContextValue, JournalEntryView } from '../../../shared/views/views.ts';
import type { ContextCell, ContextLock, Snapshot } from '../../journal/fold/snapshot.ts';
import { snapshotHash } from '../../journal/fold/snapshot.ts';
import { replay, verifyChain } from '../../journal/replay.ts';
import { lockIn } from '../../processes/prompts/context-locks.ts';
import { planRewind, stateAt } from '../../processes/replays/rewind.ts';
import type { AgentRuntime } from '../agent-runtime.ts';

type Names =
  | 'getContext'
  | 'setContext'
  | 'deleteContext'
  | 'lockContextKey'
  | 'unlockContextKey'
  | 'contextHistory'
  | 'getConversation'
  | 'clearConversation'
  | 'readJournal'
  | 'rewind'
  | 'verifyJournal';

/** Operations on what a process keeps, and on the journal it follows from. */
export function stateOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const value = (key: string, cell: ContextCell): ContextValue => ({
    key,
    value: cell.value,
    version: cell.version,
    updatedAt: cell.at,
    by: cell.by,
  });
  const stateOf = async (name: string, at: number | undefined): Promise<Readonly<Snapshot>> => {
    const { snapshot } = runtime.get(name);
    return at === undefined ? snapshot : stateAt(runtime.journal, name, at, snapshot.seq);
  };
  return {
    async getContext({ name, at }) {
      const { context, contextLocks = [] } = await stateOf(name, at);
      return {
        items: [...context].map(([key, cell]) => value(key, cell)),
        next: null,
        locks: contextLocks.map(lockView),
      };
    },
    async setContext({ name, key, value: next, version }, by) {
      const process = runtime.get(name);
      await process.steering.setContext(key, next, by, version);
      return value(key, process.snapshot.context.get(key) as ContextCell);
    },
    async deleteContext({ name, key }, by) {
      await runtime.get(name).steering.deleteContext(key, by);
      return { ok: true };
    },
    async lockContextKey({ name, key, reason }, by) {
      const process = runtime.get(name);
      await process.steering.lockContext(key, by, reason);
      return lockView(lockIn(process.snapshot, key) as ContextLock);
    },
    async unlockContextKey({ name, key }, by) {
      await runtime.get(name).steering.unlockContext(key, by);
      return { ok: true };
    },
    async contextHistory({ name, key, cursor, limit }) {
      runtime.get(name);
      const changes = [];
      let after = cursor ? Number(cursor) : undefined;
      for (;;) {
        const page = await runtime.journal.read(name, {
          order: 'desc',
          limit: 500,
          kinds: ['context.set', 'context.deleted', 'run.settled'],
          ...(after === undefined ? {} : { after }),
        });
        for (const entry of page) {
          changes.push(...changesIn(entry, key));
          if (changes.length >= limit) return { items: changes.slice(0, limit), next: String(entry.seq) };
        }
        after = page.at(-1)?.seq;
        if (page.length < 500) return { items: changes, next: null };
      }
    },
    getConversation: async ({ name, at }) => ({ items: (await stateOf(name, at)).conversation, next: null }),
    async clearConversation({ name }, by) {
      await runtime.get(name).steering.clearConversation(by);
      return { ok: true };
    },
    async readJournal({ name, after, kind, order, limit }) {
      runtime.get(name);
      const entries = await runtime.journal.read(name, {
        order,
        limit: limit + 1,
        ...(after === undefined ? {} : { after }),
        ...(kind ? { kinds: [kind] } : {}),
      });
      const items = entries.slice(0, limit) as unknown as JournalEntryView[];
      return { items, next: entries.length > limit ? String(items.at(-1)?.seq) : null };
    },
    async rewind({ name, to, mode, dryRun }, by) {
      const process = runtime.get(name);
      if (process.loop.active > 0 && !dryRun) {
        throw new RuntimeError(
          'TRANSITION_REFUSED',
          `"${name}" is working on a run, whose changes would come on top; suspend it first.`,
        );
      }
      const { entry, context, conversation } = await planRewind(runtime.journal, process.snapshot, to, mode, by);
      if (dryRun) return { seq: null, context, conversation };
      const durable = process.journaled.append('rewind', [{ kind: 'journal.rewound', body: entry }]);
      const { seq } = process.snapshot;
      await durable;
      return { seq, context, conversation };
    },
    async verifyJournal({ name }) {
      const process = runtime.get(name);
      const chain = await verifyChain(runtime.journal, name);
      const { snapshot } = await replay(runtime.journal, name, { fromStart: true, upTo: process.snapshot.seq });
      const [liveHash, replayHash] = [snapshotHash(process.snapshot), snapshotHash(snapshot)];
      const problem =
        chain.problem ??
        (liveHash === replayHash ? null : 'Replaying the journal gives another state than the live one.');
      return { ok: problem === null, entries: chain.entries, liveHash, replayHash, problem };
    },
  };
}

const lockView = ({ key, by, at, reason }: ContextLock): ContextLockView => ({ key, by, at, reason: reason ?? null });

function changesIn(entry: JournalEntry, key: string) {
  const change = (by: string, deleted: boolean, next: unknown) => ({
    seq: entry.seq,
    at: entry.at,
    by,
    deleted,
    value: (next ?? null) as never,
  });
  if (entry.kind === 'context.set')
    return entry.body.key === key ? [change(entry.body.by, false, entry.body.value)] : [];
  if (entry.kind === 'context.deleted') return entry.body.key === key ? [change(entry.body.by, true, null)] : [];
  if (entry.kind !== 'run.settled') throw new RuntimeError('INTERNAL', 'An entry of a kind that was not asked for.');
  const body: EntryBody<'run.settled'> = entry.body;
  return body.effects.flatMap((effect) => {
    if (effect.type === 'context.set' && effect.key === key) return [change(`run:${body.run}`, false, effect.value)];
    if (effect.type === 'context.delete' && effect.key === key) return [change(`run:${body.run}`, true, null)];
    return [];
  });
}
