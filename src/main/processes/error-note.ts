import type { ErrorNote } from '../../shared/entries/journal-entries.ts';
import { asError, fromWire, RuntimeError } from '../../shared/errors.ts';

/** What the journal keeps of a failure. */
export function noteOf(thrown: unknown): ErrorNote {
  if (thrown instanceof RuntimeError) return { code: thrown.code, message: thrown.message, details: thrown.details };
  return { code: 'INTERNAL', message: asError(thrown).message };
}

/** The failure again, as it was thrown. */
export function fromNote(note: ErrorNote): RuntimeError {
  return fromWire({ ...note, details: note.details ?? {} });
}
