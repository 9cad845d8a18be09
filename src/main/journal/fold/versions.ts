import { authorOf } from '../../../shared/definition-changes.ts';
import type { Definition } from '../../../shared/entries/journal-entries.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { Snapshot } from './snapshot.ts';
import type { TextPatch, VersionRecord } from './version-record.ts';

/** Versions that are kept at most, and characters of what their differences hold together. */
const most = { versions: 200, chars: 1_000_000 } as const;

/**
 * Notes that the process goes by another definition. The past versions stand in the state itself, each as its
 * difference to the next, so that they outlive what housekeeping takes from the journal.
 */
export function noteVersion(
  snapshot: Snapshot,
  definition: Definition,
  { seq, at, by, reason }: { seq: number; at: number; by: string; reason: string },
): void {
  const { definition: before, versions, version } = snapshot;
  const record = { version: version + 1, seq, at, by, reason, hash: definition.hash, manifest: null, text: null };
  if (before) {
    // A journal of an earlier program kept no versions: that there was one is all that is known.
    if (versions.length === 0)
      versions.push({ ...record, version, seq: 0, at: snapshot.updatedAt, by: '', reason: '', hash: before.hash });
    const last = versions.at(-1);
    if (last) Object.assign(last, backwards(before, definition));
  }
  versions.push(record);
  if (isTooMuch(versions)) snapshot.versions = thinned(versions, definition);
}

/** The definition of a version; undefined where it is not kept. */
export function definitionAt(
  { definition, versions }: Pick<Snapshot, 'definition' | 'versions'>,
  version: number,
): Definition | undefined {
  if (!definition) return undefined;
  let found = definition;
  for (let index = versions.length - 1; index >= 0; index--) {
    const record = versions[index] as VersionRecord;
    if (record.manifest) found = stepBack(found, record);
    if (record.version === version) return found;
  }
  return undefined;
}

/** Which version had the hash at a time; null where it is not kept. The same may have been in force more than once. */
export function versionWith(versions: readonly VersionRecord[], hash: string, at: number): number | null {
  const same = versions.filter((record) => record.hash === hash);
  return (same.findLast((record) => record.at <= at) ?? same[0])?.version ?? null;
}

/** The newest version that a person made; the oldest that is known where none did. */
export function writtenVersion({ versions }: Pick<Snapshot, 'versions'>): VersionRecord | undefined {
  return versions.findLast(({ by }) => authorOf(by).kind === 'person') ?? versions[0];
}

/** What the user wrote, whatever the agent has made of it since. */
export function writtenDefinition(snapshot: Pick<Snapshot, 'definition' | 'versions'>): Definition | null {
  const written = writtenVersion(snapshot);
  return (written && definitionAt(snapshot, written.version)) ?? snapshot.definition;
}

function backwards(older: Definition, newer: Definition): Pick<VersionRecord, 'manifest' | 'text'> {
  return {
    manifest: patch(JSON.stringify(newer.manifest), JSON.stringify(older.manifest)),
    text: older.text === null ? null : patch(newer.text ?? '', older.text),
  };
}

function stepBack(newer: Definition, { hash, manifest, text }: VersionRecord): Definition {
  return {
    hash,
    manifest: JSON.parse(patched(JSON.stringify(newer.manifest), manifest as TextPatch)) as JsonObject,
    text: text && patched(newer.text ?? '', text),
  };
}

function patch(from: string, to: string): TextPatch {
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  while (head < shorter && from[head] === to[head]) head++;
  let tail = 0;
  while (tail < shorter - head && from.at(-1 - tail) === to.at(-1 - tail)) tail++;
  return { head, tail, middle: to.slice(head, to.length - tail) };
}

function patched(from: string, { head, tail, middle }: TextPatch): string {
  return from.slice(0, head) + middle + from.slice(from.length - tail);
}

function charsIn({ manifest, text }: VersionRecord): number {
  return (manifest?.middle.length ?? 0) + (text?.middle.length ?? 0);
}

function isTooMuch(versions: readonly VersionRecord[]): boolean {
  return versions.length > most.versions || versions.reduce((sum, one) => sum + charsIn(one), 0) > most.chars;
}

/** Without the oldest quarter; what the user wrote last stays whatever its age. */
function thinned(versions: readonly VersionRecord[], definition: Definition): VersionRecord[] {
  const written = writtenVersion({ versions: [...versions] });
  const kept = versions.filter((one, index) => one === written || index >= Math.ceil(versions.length / 4));
  const all = { definition, versions: [...versions] };
  return kept.map((one, index) => {
    const next = kept[index + 1];
    if (!next || next.version === one.version + 1) return one;
    const [older, newer] = [definitionAt(all, one.version), definitionAt(all, next.version)];
    return older && newer ? { ...one, ...backwards(older, newer) } : one;
  });
}

/** How often the agent has changed itself since the user wrote last. */
export function changesSinceWritten(snapshot: Pick<Snapshot, 'versions'>): number {
  const written = writtenVersion(snapshot)?.version ?? 0;
  return snapshot.versions.filter(({ version, by }) => version > written && authorOf(by).kind === 'agent').length;
}
