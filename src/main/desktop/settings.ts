import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ChangedKeys } from '../../shared/operations/desktop-operations.ts';

const Bounds = z.object({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1) });
export type Bounds = z.infer<typeof Bounds>;

/** What the desktop remembers for a person, apart from anything a node keeps. */
const DesktopSettings = z.object({
  /** Whether agents go on when the last window is closed. */
  keepRunning: z.boolean().catch(true),
  startAtLogin: z.boolean().catch(false),
  /** Keys that the person changed in the window, by shortcut. */
  keys: ChangedKeys.catch({}),
  bounds: Bounds.nullable().catch(null),
  isMaximized: z.boolean().catch(false),
  /** Whether the person has been told once that closing the window does not end the app. */
  toldItKeepsRunning: z.boolean().catch(false),
  /** Whether quitting says what will be missed. */
  askBeforeQuit: z.boolean().catch(true),
  /** When all agents go on by themselves (epoch ms). */
  pausedUntil: z.number().nullable().catch(null),
  /** Where to look for new versions; null: where the app was made to look, "": nowhere. */
  updateFeed: z.string().max(2_000).nullable().catch(null),
});
export type DesktopSettings = z.infer<typeof DesktopSettings>;

export interface SettingsStore {
  get(): Readonly<DesktopSettings>;
  /** Kept at once; a file that cannot be written costs the memory of it, nothing else. */
  set(changes: Partial<DesktopSettings>): void;
}

/** Settings in `desktop.json`. What cannot be read is taken as not set. */
export function openSettings(folder: string): SettingsStore {
  const path = join(folder, 'desktop.json');
  let current = DesktopSettings.parse(readJson(path));
  return {
    get: () => current,
    set(changes) {
      current = { ...current, ...changes };
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(`${path}.part`, `${JSON.stringify(current, null, 2)}\n`);
        renameSync(`${path}.part`, path);
      } catch {
        // A full or read-only disk must not keep a window from closing.
      }
    },
  };
}

function readJson(path: string): unknown {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof read === 'object' && read !== null ? read : {};
  } catch {
    return {};
  }
}
