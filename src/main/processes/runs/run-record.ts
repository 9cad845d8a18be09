import type { EntryBody } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { RunRecord } from '../../../shared/run-record.ts';
import { contextAtStart } from '../../journal/fold/fold.ts';
import type { OpenRun, Snapshot } from '../../journal/fold/snapshot.ts';
import type { Journal } from '../../journal/journal.ts';
import { replay } from '../../journal/replay.ts';

export interface RunPast {
  record: RunRecord;
  /** The run as it was just before it settled. */
  open: OpenRun;
}

/**
 * A settled run with everything it was given, from the journal. `settledSeq`: number of its `run.settled` entry.
 * @throws RuntimeError `REQUEST_INVALID` when the journal does not hold all of it any more.
 */
export async function pastOf(journal: Journal, process: string, run: string, settledSeq: number): Promise<RunPast> {
  const [entry] = await journal.read(process, { after: settledSeq - 1, limit: 1 });
  if (entry?.kind !== 'run.settled' || 'erased' in entry.body) throw notKept(run);
  const { snapshot } = await replay(journal, process, { upTo: settledSeq - 1 });
  const open = snapshot.seq === settledSeq - 1 ? snapshot.runs.get(run) : undefined;
  if (!open) throw notKept(run);
  return { record: await recordOf(journal, snapshot, open, entry.body), open };
}

async function recordOf(
  journal: Journal,
  snapshot: Snapshot,
  open: OpenRun,
  settled: EntryBody<'run.settled'>,
): Promise<RunRecord> {
  const { process } = snapshot;
  const event = snapshot.queue.get(open.event);
  const definition =
    snapshot.definition?.hash === open.definition ? snapshot.definition : snapshot.pinned.get(open.definition);
  if (!event || !definition) throw notKept(open.id);
  const { id, trigger, kind, at, metadata, taint } = event;
  const accepted = event.payload === undefined ? await acceptedBody(journal, process, event.seq) : undefined;
  const payload = event.payload ?? accepted?.payload;
  if (payload === undefined) throw notKept(open.id);
  const steps = [...open.steps.values()].sort((a, b) => a.step - b.step);
  return {
    format: 1,
    process,
    definition,
    run: open.fork?.seed ?? open.id,
    event: {
      id: open.fork?.event.id ?? id,
      trigger,
      kind: open.fork?.event.kind ?? kind,
      at: open.fork?.event.at ?? at,
      payload,
      metadata,
      taint,
    },
    startedAt: open.fork?.startedAt ?? open.startedAt,
    context: [...contextAtStart(snapshot, open)],
    opening: open.fork?.opening ?? (await openingOf(journal, process, open)),
    steps: steps.map(
      ({ step, kind: of, name, argsHash, state, result, error, effects, taint: labels, at: time, endSeq }) => {
        return {
          step,
          kind: of,
          name,
          argsHash,
          state,
          result,
          error,
          effects,
          taint: labels,
          at: time,
          order: endSeq,
        };
      },
    ),
    expected: {
      outcome: settled.outcome,
      output: settled.output,
      error: settled.error ?? null,
      effects: settled.effects,
      ...(settled.withheld ? { withheld: settled.withheld } : {}),
      steps: settled.steps,
    },
  };
}

/** What the model was shown first. */
export async function openingOf(
  journal: Pick<Journal, 'read'>,
  process: string,
  open: OpenRun,
): Promise<RunRecord['opening']> {
  const first = [...open.steps.values()].find((step) => step.kind === 'model' && step.seq > 0);
  if (!first) return null;
  const [entry] = await journal.read(process, { after: first.seq - 1, limit: 1 });
  const { messages } = (entry?.kind === 'step.intended' ? entry.body.args : {}) as { messages?: unknown };
  return Array.isArray(messages) ? (messages as RunRecord['opening']) : null;
}

async function acceptedBody(
  journal: Journal,
  process: string,
  seq: number,
): Promise<EntryBody<'event.accepted'> | undefined> {
  const [entry] = await journal.read(process, { after: seq - 1, limit: 1 });
  return entry?.kind === 'event.accepted' && !('erased' in entry.body) ? entry.body : undefined;
}

function notKept(run: string): RuntimeError {
  return new RuntimeError(
    'REQUEST_INVALID',
    `What run ${run} did is not kept any more, so it cannot be made again; journal.level: full keeps it.`,
    { run },
  );
}
