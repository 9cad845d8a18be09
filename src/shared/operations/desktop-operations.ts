import { z } from 'zod';
import { none, type Operation, operation } from './operation.ts';

/** Keys that a person changed in the window, by shortcut; empty: it has none. */
export const ChangedKeys = z.record(z.string().max(40), z.string().max(40));

/** What the desktop app remembers for a person, apart from anything a node keeps. */
export const DesktopView = z.object({
  /** Whether agents go on when the last window is closed. */
  keepRunning: z.boolean(),
  startAtLogin: z.boolean(),
  keys: ChangedKeys,
  /** Whether quitting says what will be missed. */
  askBeforeQuit: z.boolean(),
  /** Where to look for new versions; null: where the app was made to look; "": nowhere. */
  updateFeed: z.string().nullable(),
  /** Where the app was made to look; null: nowhere. */
  packedFeed: z.string().nullable(),
  /** Whether this copy can put a new version in its place. */
  updatesItself: z.boolean(),
});
export type DesktopView = z.infer<typeof DesktopView>;

export const DesktopChanges = z.strictObject({
  keepRunning: z.boolean().optional(),
  startAtLogin: z.boolean().optional(),
  askBeforeQuit: z.boolean().optional(),
  keys: ChangedKeys.optional().meta({
    description: 'All keys that were changed in the window, for the menu of the app.',
  }),
  updateFeed: z
    .string()
    .max(2_000)
    .nullable()
    .optional()
    .meta({ description: 'An https address; null: where the app was made to look; "": nowhere.' }),
});
export type DesktopChanges = z.infer<typeof DesktopChanges>;

/** Operations on the desktop app around a node; a node without a window has none. */
export const desktopOperations = {
  getDesktopSettings: operation(
    'GET /node/desktop',
    'read',
    'What the desktop app around this node remembers: whether it goes on without a window, and where it looks for updates.',
    none,
    DesktopView,
  ),
  setDesktopSettings: operation(
    'PATCH /node/desktop',
    'admin',
    'Changes what the desktop app remembers. In force at once.',
    DesktopChanges,
    DesktopView,
  ),
} satisfies Record<string, Operation>;

/** The desktop app around a node, as its node sees it. */
export interface DesktopPlace {
  view(): DesktopView;
  /** @throws RuntimeError `REQUEST_INVALID` for a feed that somebody on the way could change. */
  change(changes: DesktopChanges): void;
}
