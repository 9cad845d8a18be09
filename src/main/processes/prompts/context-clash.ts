import type { Effect } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { OpenRun, Snapshot } from '../../journal/fold/snapshot.ts';
import type { Pass } from '../steps/step-spec.ts';
import { lockIn } from './context-locks.ts';

/** A key of the context that a run writes, and that somebody else has changed since the run began. */
export interface ContextClash {
  key: string;
  /** What the run wrote; null where it deleted the key, as for the others. */
  yours: Json;
  /** What the run saw when it began. */
  before: Json;
  now: Json;
  /** Of `now`; 0 where the key is gone, -1 where it is locked. */
  version: number;
  by: string;
  /** A person locked the key since it was written: what the run wrote is not kept. */
  locked?: true;
}

/** Name of the step in which a model agent is told of clashes. */
export const clashStep = 'context changed meanwhile';

/** In place of the version of a key that is locked. */
const lockedVersion = -1;

/** How often a run may be brought up to date before it fails: a key that others write so often needs another design. */
export const mostClashes = 20;

/**
 * What would be lost if the run settled now: writes of others to keys that it writes too, without having seen them
 * (the lost update; Gray and Reuter, "Transaction Processing", 1992). `seen`: versions that the agent was told of.
 */
export function clashesOf(
  snapshot: Readonly<Snapshot>,
  { base, fork }: Readonly<OpenRun>,
  effects: readonly Effect[],
  seen: ReadonlyMap<string, number>,
): ContextClash[] {
  // A run that was forked from an earlier one is there to show what becomes of an earlier state.
  const { context, contextLocks } = snapshot;
  if ((base.size === 0 && !contextLocks) || fork) return [];
  const written = new Map<string, Json>();
  for (const effect of effects) {
    if (effect.type === 'context.set') written.set(effect.key, effect.value);
    else if (effect.type === 'context.delete') written.set(effect.key, null);
  }
  const clashes: ContextClash[] = [];
  for (const [key, yours] of written) {
    const was = base.get(key);
    const cell = context.get(key);
    const now = cell?.value ?? null;
    const lock = lockIn(snapshot, key);
    // A lock is news also for who has seen the value.
    const version = lock ? lockedVersion : (cell?.version ?? 0);
    if ((was === undefined && !lock) || seen.get(key) === version) continue;
    const before = was === undefined ? now : (was?.value ?? null);
    const clash = { key, yours, before, now, version };
    clashes.push(lock ? { ...clash, by: lock.by, locked: true } : { ...clash, by: cell?.by ?? '' });
  }
  return clashes;
}

/**
 * Steps that are made anew when a script is run again on the present context: those that touched nothing outside. What
 * was called outside keeps its answer and is not called again.
 */
export function localSteps({ steps }: Readonly<OpenRun>): number[] {
  return [...steps.values()].filter(({ seq }) => seq === 0).map(({ step }) => step);
}

/** What a model agent is told: a person would be told the same. */
export function clashNote(clashes: readonly ContextClash[]): string {
  const changed = clashes.filter(({ locked }) => !locked);
  const told = [];
  if (changed.length > 0)
    told.push(
      'While you worked, others changed context that you have written too. Nothing of yours is kept yet:',
      JSON.stringify(changed),
      'If your values should replace theirs, answer as before. Else call set_context with what is right now.',
    );
  for (const { key, by, now } of clashes.filter(({ locked }) => locked))
    told.push(
      `CONTEXT_KEY_LOCKED: while you worked, ${by} locked the context key "${key}". What you wrote there is not kept; it stays ${JSON.stringify(now)}. Answer again with that in mind.`,
    );
  return told.join('\n');
}

export function clashError(keys: readonly string[], why = 'others changed it while the run worked.'): RuntimeError {
  return new RuntimeError('CONTEXT_CONFLICT', `${keys.map((key) => `"${key}"`).join(', ')}: ${why}`, {
    keys: [...keys],
  });
}

/** Why a run cannot be brought up to date any more; null where that is not the matter. */
export function clashEnding(
  pass: Pass,
  open: Readonly<OpenRun>,
  clashes: readonly ContextClash[],
): RuntimeError | null {
  const keys = clashes.map(({ key }) => key);
  if (pass.type === 'done' && keys.length > 0)
    return clashError(keys, `others changed it again and again, ${mostClashes} times, while the run worked.`);
  if (pass.type !== 'failed' || pass.error.code !== 'RUN_DIVERGED' || !open.clashes) return null;
  return new RuntimeError(
    'CONTEXT_CONFLICT',
    `Others changed context while the run worked, and with what is there now it would call something else than it has called: ${pass.error.message}`,
  );
}
