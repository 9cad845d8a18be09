import type { EntryBody } from '../../../shared/entries/journal-entries.ts';
import { type Letter, letterPriorities } from './letter.ts';
import type { OpenRun, QueuedEvent, Snapshot } from './snapshot.ts';

/** The trigger that the events of questions belong to. */
export const questionTrigger = 'inbox';

/** What a run that begins now is shown, the most pressing first, then the oldest. Questions have runs of their own. */
export function lettersFor(snapshot: Readonly<Snapshot>, now: number): Letter[] {
  return byPriority(
    [...snapshot.letters.values()].filter(({ type, expiresAt }) => type !== 'question' && expiresAt > now),
  );
}

export function byPriority(letters: Letter[]): Letter[] {
  const rank = ({ priority }: Letter) => letterPriorities.indexOf(priority);
  return letters.sort((a, b) => rank(a) - rank(b) || a.at - b.at);
}

/** The question that an event asks, if it asks one. */
export function questionOf(event: Pick<QueuedEvent, 'kind' | 'trigger' | 'metadata'> | undefined): string | null {
  if (event?.kind !== 'message' || event.trigger !== questionTrigger) return null;
  const { letter } = event.metadata;
  return typeof letter === 'string' ? letter : null;
}

export function receiveLetter(snapshot: Snapshot, body: EntryBody<'letter.received'>, at: number): void {
  snapshot.letters.set(body.id, { ...body, at });
}

/** What the run is shown is kept with it, so that it sees the same when it is taken up again. */
export function showLetters(snapshot: Readonly<Snapshot>, run: OpenRun, ids: readonly string[] | undefined): void {
  const shown = ids?.flatMap((id) => snapshot.letters.get(id) ?? []);
  if (shown && shown.length > 0) run.letters = shown;
}

/** A run that was done has seen what it was shown; what came meanwhile, or what a failed run was shown, is still to be seen. */
export function spendLetters(snapshot: Snapshot, run: OpenRun | undefined): void {
  for (const { id, sticky } of run?.letters ?? []) if (!sticky) snapshot.letters.delete(id);
}
