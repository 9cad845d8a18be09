import { z } from 'zod';
import { type EntryKind, entryBodies } from './journal-entries.ts';

/** The name of a kind of journal entry. */
export const EntryKindName = z.enum(Object.keys(entryBodies) as [EntryKind, ...EntryKind[]]);
