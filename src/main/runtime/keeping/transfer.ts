import type { JournalEntry, NewEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isAtRest } from '../../../shared/lifecycle.ts';
import type { ProcessExport } from '../../../shared/views/views.ts';
import { applyEntry } from '../../journal/fold/fold.ts';
import { emptySnapshot, type Snapshot, snapshotHash, snapshotToJson } from '../../journal/fold/snapshot.ts';
import { definitionAt } from '../../journal/fold/versions.ts';
import type { Journal } from '../../journal/journal.ts';

const pageSize = 1_000;

/** A process as one piece: what it is, and all that happened to it. Secrets are not in it. */
export async function exportProcess(journal: Journal, snapshot: Readonly<Snapshot>): Promise<ProcessExport> {
  const { process: name, definition, context, conversation, contextLocks } = snapshot;
  if (!definition) throw new RuntimeError('AGENT_INVALID', `"${name}" has no definition.`);
  const entries: JournalEntry[] = [];
  for (let after = 0; ; ) {
    const page = await journal.read(name, { after, limit: pageSize });
    entries.push(...page);
    if (page.length < pageSize) break;
    after = page.at(-1)?.seq ?? after;
  }
  const isWhole = entries[0]?.seq === 1 && entries.every(({ body }) => !('erased' in body));
  return {
    format: 1,
    name,
    definition,
    whole: isWhole,
    context: [...context].map(([key, { value }]) => ({ key, value })),
    ...(contextLocks ? { locks: contextLocks.map(({ key, reason }) => ({ key, ...(reason ? { reason } : {}) })) } : {}),
    conversation: isWhole ? [] : conversation,
    ...(isWhole ? {} : { versions: versionsOf(snapshot) }),
    entries: isWhole
      ? entries.map(({ seq, at, kind, commit, body }) => ({ seq, at, kind, commit, body: body as never }))
      : [],
  };
}

/**
 * Writes an exported process into a journal under a name that is free. It comes to life stopped, and what the original
 * had not delivered is the original's to deliver. Where its past was not whole, it begins anew with what it kept.
 * @throws RuntimeError `REQUEST_INVALID` for a file whose entries do not follow from each other.
 */
export async function importProcess(journal: Journal, name: string, given: ProcessExport, by: string): Promise<void> {
  await journal.open(name);
  const snapshot = emptySnapshot(name);
  let durable = Promise.resolve();
  const append = (commit: string, entries: NewEntry[], at?: number) => {
    const appended = journal.append({ process: name, commit, entries, ...(at === undefined ? {} : { at }) });
    for (const entry of appended.entries) applyEntry(snapshot, entry);
    durable = appended.durable;
  };
  if (!given.whole) append('import-process', anew(given, by));
  else {
    for (const batch of batchesOf(given)) append(batch.commit, keyed(batch.entries, snapshot), batch.at);
    append('import-process', settling(snapshot, by));
  }
  await durable;
}

interface PastBatch {
  commit: string;
  at: number;
  entries: NewEntry[];
}

function batchesOf({ entries, name }: ProcessExport): PastBatch[] {
  const batches: PastBatch[] = [];
  for (const [index, { seq, at, kind, commit, body }] of entries.entries()) {
    if (seq !== index + 1)
      throw new RuntimeError('REQUEST_INVALID', `The file of "${name}" lacks entry ${index + 1}.`, { seq: index + 1 });
    const entry = { kind, body } as NewEntry;
    const last = batches.at(-1);
    // A checkpoint stands alone, since it is made of the state just before it.
    const isApart = kind === 'checkpoint' || last?.entries[0]?.kind === 'checkpoint';
    if (last && !isApart && last.commit === commit && last.at === at) last.entries.push(entry);
    else batches.push({ commit, at, entries: [entry] });
  }
  return batches;
}

/** Keys stand in no entry: each accepted event has the one that its life and its dedupe key make. */
function keyed(entries: readonly NewEntry[], snapshot: Snapshot): NewEntry[] {
  let { life } = snapshot;
  let seq = snapshot.seq;
  return entries.map((entry) => {
    seq++;
    if (entry.kind === 'process.created') life = seq;
    if (entry.kind === 'event.accepted') return { ...entry, key: `${life}/${entry.body.dedupeKey}` };
    if (entry.kind === 'checkpoint')
      return { kind: 'checkpoint', body: { snapshot: snapshotToJson(snapshot), hash: snapshotHash(snapshot) } };
    return entry;
  });
}

/** It does not go on by itself: the original may. */
function settling({ state, outbox }: Readonly<Snapshot>, by: string): NewEntry[] {
  const entries: NewEntry[] = [...outbox.keys()].map((seq) => ({ kind: 'outbox.delivered', body: { seq } }));
  if (!isAtRest(state)) {
    const reason = 'brought from another place';
    if (state !== 'stopping')
      entries.push({ kind: 'state.changed', body: { from: state, to: 'stopping', reason, by } });
    entries.push({ kind: 'state.changed', body: { from: 'stopping', to: 'stopped', reason, by } });
  }
  entries.push({ kind: 'process.released', body: {} });
  return entries;
}

function anew({ definition, context, locks = [], versions = [] }: ProcessExport, by: string): NewEntry[] {
  const [first = { definition, by }, ...later] = versions;
  const kept = context.map(({ key, value }): NewEntry => ({ kind: 'context.set', body: { key, value, by } }));
  const created: NewEntry = { kind: 'process.created', body: { definition: first.definition, by: first.by || by } };
  const locked = locks.map(({ key, reason }): NewEntry => {
    return { kind: 'context.locked', body: { key, by, ...(reason === undefined ? {} : { reason }) } };
  });
  return [created, ...later.map((body): NewEntry => ({ kind: 'definition.changed', body })), ...kept, ...locked];
}

function versionsOf(snapshot: Readonly<Snapshot>): NonNullable<ProcessExport['versions']> {
  return snapshot.versions.flatMap(({ version, by, reason }) => {
    const definition = definitionAt(snapshot, version);
    return definition ? [{ definition, by, reason }] : [];
  });
}
