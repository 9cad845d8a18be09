import type { KeyMap } from '../../shared/shortcuts.ts';
import type { PauseSpan } from './timed-pause.ts';

/** What a person can ask of the desktop from its menu and tray. */
export interface DesktopCommands {
  /** Opens the window, at a route such as `/inbox` or where it was. */
  show(route?: string): void;
  pauseAll(span: PauseSpan): void;
  resumeAll(): void;
  /** Runs one of the agents that the tray offers. */
  runNow(name: string): void;
  openManifest(): void;
  setKeepRunning(isOn: boolean): void;
  setStartAtLogin(isOn: boolean): void;
  setKeys(keys: KeyMap): void;
  saveDiagnostics(): void;
  lookForUpdate(): void;
  quit(): void;
}

export interface CommandStates {
  keepRunning: boolean;
  startAtLogin: boolean;
  /** Keys that the person changed, by shortcut. */
  keys: KeyMap;
  /** Epoch milliseconds; null while nothing is paused until a set time. */
  pausedUntil: number | null;
}
