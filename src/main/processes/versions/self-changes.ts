import type { EntryBody, NewEntry } from '../../../shared/entries/journal-entries.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { changeText, editsOf, type ManifestEdit, type SelfChange, withChange } from '../../../shared/self-change.ts';
import { checkChange } from '../../agent/meta-tools/bounds.ts';
import type { Snapshot } from '../../journal/fold/snapshot.ts';
import { changesSinceWritten, writtenDefinition } from '../../journal/fold/versions.ts';
import { noteOf } from '../error-note.ts';
import type { Reading } from '../workings.ts';
import { definitionOf } from './definition.ts';

export interface SelfChangeParts {
  /** The definition as it could be gone by. @throws RuntimeError what keeps it from that. */
  check(definition: ReturnType<typeof definitionOf>): Reading;
  /** Makes the edits in the text that the user wrote, comments and all; null where that does not give what is meant. */
  editText?: ((text: string, edits: readonly ManifestEdit[], wanted: JsonObject) => string | null) | undefined;
}

/** What comes of the changes that a run made of its agent. */
export interface SelfChanged {
  entries: NewEntry[];
  /** What it goes by then; null where nothing changed. */
  reading: Reading | null;
}

/**
 * The versions that a settled run makes: each of its changes is one, on top of what is in force now. Bounds are asked
 * once more, since the user may have changed them, or the part, while the run worked; what they refuse is told.
 */
export function settleChanges(
  snapshot: Readonly<Snapshot>,
  present: Pick<Reading, 'config'>,
  { run, effects }: Pick<EntryBody<'run.settled'>, 'run' | 'effects'>,
  { check, editText }: SelfChangeParts,
): SelfChanged {
  const entries: NewEntry[] = [];
  let { definition } = snapshot;
  let reading: Reading | null = null;
  let changes = changesSinceWritten(snapshot);
  const written = writtenDefinition(snapshot)?.manifest ?? {};
  for (const effect of effects) {
    if (effect.type !== 'definition.change' || !definition) continue;
    const { change } = effect;
    const { manifest, text } = definition;
    try {
      checkChange(change, { manifest, written, config: present.config, changes });
      const next = withChange(manifest, change);
      const edited = text === null ? null : (editText?.(text, editsOf(manifest, change), next) ?? null);
      reading = check(definitionOf(next, edited));
      ({ definition } = reading);
      changes++;
      entries.push({
        kind: 'definition.changed',
        body: { definition, by: `run:${run}`, reason: changeText(change) },
      });
    } catch (thrown) {
      entries.push(refusal(run, change, thrown));
    }
  }
  return { entries, reading };
}

function refusal(run: string, change: SelfChange, thrown: unknown): NewEntry {
  const { code, message } = noteOf(thrown);
  return {
    kind: 'governance.noted',
    body: {
      guard: 'open_mode',
      what: 'blocked',
      about: change.do,
      run,
      text: `A change came too late: ${changeText(change)}. ${message}`,
      details: { code },
    },
  };
}
