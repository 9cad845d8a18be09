import { EventEmitter } from 'node:events';
import { preventable } from './events.ts';
import { WebContents } from './web-contents.ts';
import type { World } from './world.ts';

export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface WindowOptions extends Partial<Bounds> {
  show?: boolean;
  title?: string;
  webPreferences?: { preload?: string };
}

/** What an app that hears a window's events needs to know of the rest of the app. */
export interface WindowOwner {
  readonly session: unknown;
  created(window: Window): void;
  closed(): void;
}

/** Electron's BrowserWindow without its static part: a page of Chromium and the state a window system would keep. */
export class Window extends EventEmitter {
  readonly id: number;
  readonly webContents: WebContents;
  /** As given, so that a test can look at what the window may do. */
  readonly options: WindowOptions;
  readonly #world: World;
  readonly #owner: WindowOwner;
  #bounds: Bounds;
  #title: string;
  #isVisible: boolean;
  #isGone = false;
  #hasPainted = false;
  #isMinimized = false;
  #isMaximized = false;
  #isFullScreen = false;

  constructor(world: World, owner: WindowOwner, options: WindowOptions) {
    super();
    if (!world.isReady) throw new Error('Cannot create BrowserWindow before app is ready');
    this.options = options;
    this.#world = world;
    this.#owner = owner;
    this.#bounds = { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 800, height: options.height ?? 600 };
    this.#title = options.title ?? '';
    this.#isVisible = options.show !== false;
    this.id = world.nextId();
    world.windows.set(this.id, this);
    this.webContents = new WebContents(world, this, options.webPreferences?.preload, owner.session);
    owner.created(this);
    if (this.#isVisible) this.focus();
  }

  loadURL = (url: string): Promise<void> => this.webContents.loadURL(url);
  loadFile = (path: string): Promise<void> => this.webContents.loadFile(path);
  isVisible = (): boolean => this.#isVisible;
  isDestroyed = (): boolean => this.#isGone;
  isFocused = (): boolean => this.#world.focused === this;
  isMinimized = (): boolean => this.#isMinimized;
  isMaximized = (): boolean => this.#isMaximized;
  isFullScreen = (): boolean => this.#isFullScreen;
  getTitle = (): string => this.#title;
  getBounds = (): Bounds => ({ ...this.#bounds });
  getNormalBounds = (): Bounds => ({ ...this.#bounds });
  getSize = (): [number, number] => [this.#bounds.width, this.#bounds.height];
  getPosition = (): [number, number] => [this.#bounds.x, this.#bounds.y];

  show(): void {
    this.#isVisible = true;
    this.emit('show');
    this.focus();
  }

  showInactive(): void {
    this.#isVisible = true;
    this.emit('show');
  }

  hide(): void {
    this.#isVisible = false;
    this.emit('hide');
    this.blur();
  }

  focus(): void {
    if (this.isFocused()) return;
    this.#world.focused?.blur();
    this.#world.focused = this;
    this.emit('focus');
  }

  blur(): void {
    if (!this.isFocused()) return;
    this.#world.focused = null;
    this.emit('blur');
  }

  minimize(): void {
    this.#isMinimized = true;
    this.blur();
    this.emit('minimize');
  }

  restore(): void {
    this.#isMinimized = false;
    this.emit('restore');
  }

  maximize(): void {
    this.#isMaximized = true;
    this.emit('maximize');
  }

  unmaximize(): void {
    this.#isMaximized = false;
    this.emit('unmaximize');
  }

  setFullScreen(isFullScreen: boolean): void {
    this.#isFullScreen = isFullScreen;
    this.emit(isFullScreen ? 'enter-full-screen' : 'leave-full-screen');
  }

  setTitle(title: string): void {
    this.#title = title;
  }

  setBounds(bounds: Partial<Bounds>): void {
    Object.assign(this.#bounds, bounds);
    this.webContents.resize(this.#bounds);
    this.emit('move');
    this.emit('resize');
  }

  setSize(width: number, height: number): void {
    this.setBounds({ width, height });
  }

  setMenuBarVisibility = this.#noted('setMenuBarVisibility');
  setAutoHideMenuBar = this.#noted('setAutoHideMenuBar');
  setBackgroundColor = this.#noted('setBackgroundColor');
  setTitleBarOverlay = this.#noted('setTitleBarOverlay');
  setProgressBar = this.#noted('setProgressBar');
  setIcon = this.#noted('setIcon');
  flashFrame = this.#noted('flashFrame');
  moveTop = this.#noted('moveTop');

  /** A listener of `close` may prevent it. */
  close(): void {
    const event = preventable();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (this.#isGone) return;
    this.webContents.closePage();
    this.webContents.gone();
  }

  /** Said by the page, which may also end by itself. */
  pageGone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.blur();
    this.#world.windows.delete(this.id);
    this.emit('closed');
    this.#owner.closed();
  }

  firstPaint(): void {
    if (this.#hasPainted) return;
    this.#hasPainted = true;
    this.emit('ready-to-show');
  }

  #noted(what: string): (...args: unknown[]) => void {
    return (...args) => this.#world.noted.push({ what: `BrowserWindow.${what}`, args });
  }
}
