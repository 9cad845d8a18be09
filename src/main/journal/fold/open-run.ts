import type { EntryBody } from '../../../shared/entries/journal-entries.ts';
import { type FoldedStep, noUsage, type OpenRun } from './snapshot.ts';
import { nothingSpent } from './spent.ts';

/** A run of which nothing is known but how it began. */
export function freshRun(
  begun: Pick<OpenRun, 'id' | 'event' | 'attempt' | 'startedAt' | 'definition' | 'taint'> & Partial<OpenRun>,
): OpenRun {
  return {
    steps: new Map(),
    base: new Map(),
    parked: null,
    answers: new Map(),
    verdicts: {},
    usage: noUsage(),
    spent: nothingSpent(),
    toppedUp: {},
    told: [],
    suspicion: 0,
    ...begun,
  };
}

/** A run that begins with the steps of another. They were paid for there, so it has used nothing yet. */
export function forkedRun(body: EntryBody<'run.forked'>, at: number): OpenRun {
  const steps = structuredClone(body.steps) as unknown as FoldedStep[];
  return freshRun({
    id: body.id,
    fork: { ...body.from, seed: body.seed, event: body.origin, startedAt: body.startedAt, opening: body.opening },
    event: body.event,
    attempt: 1,
    startedAt: at,
    definition: body.definition.hash,
    taint: body.taint,
    steps: new Map(steps.map((step) => [step.step, step])),
    base: new Map(body.base),
  });
}
