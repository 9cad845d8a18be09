import type { EntryBody, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { Snapshot } from './snapshot.ts';
import { spendOutside } from './spending.ts';

const keptEvaluations = 50;

/** What entries change about a mission. */
export const missionChanges = {
  'mission.begun'(
    snapshot: Snapshot,
    { objective, settings }: EntryBody<'mission.begun'>,
    { at }: JournalEntry<'mission.begun'>,
  ): void {
    snapshot.mission = {
      objective,
      settings,
      state: 'active',
      reason: '',
      startedAt: at,
      endedAt: null,
      invocations: 0,
      unjudged: 0,
      evaluations: [],
    };
  },
  'mission.judging'(snapshot: Snapshot, { charge: { tokens = 0, usd = 0 } }: EntryBody<'mission.judging'>): void {
    spendOutside(snapshot, { modelTurns: 1, tokens, usd });
  },
  'mission.evaluated'(
    snapshot: Snapshot,
    body: EntryBody<'mission.evaluated'>,
    { at }: JournalEntry<'mission.evaluated'>,
  ): void {
    const { charge = {}, usage = {}, ...evaluation } = body;
    const tokens = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0) - (charge.tokens ?? 0);
    spendOutside(snapshot, { tokens, usd: (usage.costUsd ?? 0) - (charge.usd ?? 0) });
    const { mission } = snapshot;
    if (!mission) return;
    mission.unjudged = 0;
    mission.evaluations.push({ at, ...evaluation });
    if (mission.evaluations.length > keptEvaluations) mission.evaluations.shift();
  },
  'mission.ended'(
    snapshot: Snapshot,
    { state, reason }: EntryBody<'mission.ended'>,
    { at }: JournalEntry<'mission.ended'>,
  ): void {
    if (snapshot.mission) Object.assign(snapshot.mission, { state, reason, endedAt: at });
  },
};

export function countInvocation({ mission }: Snapshot): void {
  if (mission?.state === 'active') mission.invocations++;
}

/** The gate of a run that began then found nothing to do. */
export function uncountInvocation({ mission }: Snapshot, startedAt: number): void {
  if (mission?.state === 'active' && startedAt >= mission.startedAt) mission.invocations--;
}
