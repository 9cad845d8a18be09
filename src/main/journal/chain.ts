import type { EntryKind } from '../../shared/entries/journal-entries.ts';
import { sha256 } from '../lib/hash.ts';

/** What the first entry of a stream is linked to. */
export const firstHash = '';

/** An entry as it is stored: its body as text, its link to the one before. */
export interface StoredEntry {
  process: string;
  seq: number;
  at: number;
  kind: EntryKind;
  commit: string;
  epoch: number;
  body: string;
  hash: string;
  key?: string;
}

/** The link of the hash chain (J5): Haber and Stornetta 1991, with SHA-256. */
export function linkHash(
  previous: string,
  entry: Omit<StoredEntry, 'hash' | 'key'>,
  bodyHash = sha256(entry.body),
): string {
  return sha256(
    `${previous}\n${entry.process}\n${entry.seq}\n${entry.at}\n${entry.kind}\n${entry.commit}\n${entry.epoch}\n${bodyHash}`,
  );
}
