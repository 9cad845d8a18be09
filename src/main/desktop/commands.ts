/** What a person can ask of the desktop from its menu and tray. */
export interface DesktopCommands {
  /** Opens the window, at a route such as `/inbox` or where it was. */
  show(route?: string): void;
  pauseAll(): void;
  resumeAll(): void;
  openManifest(): void;
  setKeepRunning(isOn: boolean): void;
  setStartAtLogin(isOn: boolean): void;
  quit(): void;
}

export interface CommandStates {
  keepRunning: boolean;
  startAtLogin: boolean;
}
