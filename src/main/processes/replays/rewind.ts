import type { EntryBody } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { Snapshot } from '../../journal/fold/snapshot.ts';
import type { Journal } from '../../journal/journal.ts';
import { replay } from '../../journal/replay.ts';
import { canonicalJson } from '../../lib/hash.ts';

/** Which part of what a process keeps is set back. */
export type RewindMode = 'context' | 'conversation' | 'both';

export interface RewindPlan {
  entry: EntryBody<'journal.rewound'>;
  /** What becomes of the context, by key; `null` where there is nothing before or after. */
  context: { key: string; before: Json; after: Json; change: 'added' | 'changed' | 'removed' }[];
  conversation: { before: number; after: number } | null;
}

/**
 * The state after entry `to`, as the journal tells it.
 * @throws RuntimeError `REQUEST_INVALID` for an entry that is not there yet, or that nothing is known about any more.
 */
export async function stateAt(journal: Journal, process: string, to: number, newest: number): Promise<Snapshot> {
  if (to > newest)
    throw new RuntimeError(
      'REQUEST_INVALID',
      `The journal of "${process}" ends at entry ${newest}; there is no entry ${to}.`,
      { newest },
    );
  const { snapshot } = await replay(journal, process, { upTo: to });
  if (snapshot.seq === to) return snapshot;
  throw new RuntimeError('REQUEST_INVALID', `What "${process}" kept at entry ${to} is not known any more.`, { to });
}

/** What setting a process back would change. The processes' own past is not changed by it: it becomes one entry more. */
export async function planRewind(
  journal: Journal,
  live: Readonly<Snapshot>,
  to: number,
  mode: RewindMode,
  by: string,
): Promise<RewindPlan> {
  const then = await stateAt(journal, live.process, to, live.seq);
  if (then.life !== live.life) {
    throw new RuntimeError(
      'REQUEST_INVALID',
      `Entry ${to} is of an earlier process "${live.process}", which was deleted.`,
      { to, life: live.life },
    );
  }
  const withContext = mode !== 'conversation';
  const withConversation = mode !== 'context';
  const context = withContext ? [...then.context].map(([key, cell]) => ({ key, ...cell })) : null;
  const conversation = withConversation ? then.conversation : null;
  return {
    entry: { to, context, conversation, by },
    context: withContext ? changesBetween(live, then) : [],
    conversation: withConversation ? { before: live.conversation.length, after: then.conversation.length } : null,
  };
}

function changesBetween(live: Readonly<Snapshot>, then: Readonly<Snapshot>): RewindPlan['context'] {
  const changes: RewindPlan['context'] = [];
  for (const key of new Set([...live.context.keys(), ...then.context.keys()])) {
    const [before, after] = [live.context.get(key), then.context.get(key)];
    if (before && after && canonicalJson(before.value) === canonicalJson(after.value)) continue;
    const change = before ? (after ? 'changed' : 'removed') : 'added';
    changes.push({ key, before: before?.value ?? null, after: after?.value ?? null, change });
  }
  return changes.sort((a, b) => (a.key < b.key ? -1 : 1));
}
