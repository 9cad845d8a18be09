/** A piece of a text that stands between what two texts have in common at their beginning and end. */
export interface TextPatch {
  /** Characters that are the same at the beginning, and at the end. */
  head: number;
  tail: number;
  middle: string;
}

/** One version of a definition, with what makes it out of the version after it. */
export interface VersionRecord {
  version: number;
  /** Number of the entry that brought it; 0 where that is not known any more. */
  seq: number;
  at: number;
  by: string;
  reason: string;
  hash: string;
  /** Null for the newest: that is the definition in force. */
  manifest: TextPatch | null;
  /** Null for the newest, and where nobody wrote a text. */
  text: TextPatch | null;
}
