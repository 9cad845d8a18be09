import type { BrowserWindow, IpcMainEvent, IpcMainInvokeEvent } from 'electron';
import type { ElectronParts } from './electron-parts.ts';
import { fitBounds } from './fit-bounds.ts';
import type { SettingsStore } from './settings.ts';

export interface WindowPlaces {
  /** The address of our page, without a route. */
  page: string;
  /** The bundled preload. */
  preload: string;
  icon: string;
}

/** A page that crashes more often than this within a minute is not opened again by itself. */
const maxCrashesPerMinute = 3;

/**
 * The app's one window. Closing it frees its renderer, while the app goes on in the tray; opening makes a new one.
 * A route such as `/inbox` is the part of the address after `#`, which the page follows.
 */
export class MainWindow {
  readonly #electron: ElectronParts;
  readonly #places: WindowPlaces;
  readonly #settings: SettingsStore;
  #window: BrowserWindow | null = null;
  #crashes: number[] = [];

  constructor(electron: ElectronParts, places: WindowPlaces, settings: SettingsStore) {
    this.#electron = electron;
    this.#places = places;
    this.#settings = settings;
  }

  /** Brings the window to the front, made anew if need be, and leads it to the route. */
  show(route: string | null = null): void {
    const window = this.#window;
    if (!window) {
      this.#create(route);
      return;
    }
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    if (route) this.#load(window, route);
  }

  isInFront(): boolean {
    return this.#window?.isFocused() ?? false;
  }

  /** Whether a message comes from our page in our window, and not from a frame inside it or from any other page. */
  isSenderOf(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
    const frame = event.senderFrame;
    if (!this.#window || !frame || event.sender !== this.#window.webContents) return false;
    return frame.parent === null && frame.origin === originOf(this.#places.page);
  }

  #create(route: string | null): void {
    const { BrowserWindow, nativeTheme, screen } = this.#electron;
    const primary = screen.getPrimaryDisplay();
    const others = screen.getAllDisplays().filter((display) => display.id !== primary.id);
    const areas = [primary, ...others].map((display) => display.workArea);
    const window = new BrowserWindow({
      ...fitBounds(this.#settings.get().bounds, areas),
      minWidth: 480,
      minHeight: 400,
      show: false,
      title: 'Agent Runtime',
      icon: this.#places.icon,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#111214' : '#ffffff',
      webPreferences: {
        preload: this.#places.preload,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        // Its dictionaries would be fetched from the network.
        spellcheck: false,
      },
    });
    this.#window = window;
    if (this.#settings.get().isMaximized) window.maximize();
    window.once('ready-to-show', () => window.show());
    window.on('close', () =>
      this.#settings.set({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() }),
    );
    window.on('closed', () => {
      if (this.#window === window) this.#window = null;
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') this.#reopen(window);
    });
    this.#load(window, route);
  }

  /** In the same document only the part after `#` changes, so nothing is loaded again. */
  #load(window: BrowserWindow, route: string | null): void {
    const url = route ? `${this.#places.page}#${route}` : this.#places.page;
    // A load fails when the window is closed meanwhile; what else could fail shows in the window itself.
    window.loadURL(url).catch(() => {});
  }

  #reopen(window: BrowserWindow): void {
    const now = Date.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < 60_000), now];
    window.destroy();
    if (this.#crashes.length <= maxCrashesPerMinute) {
      this.show();
      return;
    }
    const detail = 'Your agents go on. Open the window again from the tray or by starting the app.';
    this.#electron.dialog.showErrorBox('The window of Agent Runtime keeps crashing', detail);
  }
}

/** `new URL` gives no origin for schemes it does not know. */
export function originOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+/i.exec(url)?.[0] ?? 'null';
}
