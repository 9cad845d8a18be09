import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chromium } from './chromium.ts';
import { preventable } from './events.ts';
import { SingleInstance } from './single-instance.ts';
import type { World } from './world.ts';

/** Switches that name this process's own things and are not passed on to Chromium. */
const ownSwitches = new Set(['user-data-dir', 'remote-debugging-port', 'inspect', 'inspect-brk']);

/** Electron's app: start, paths, the single instance lock, and the ways to end. */
export class App extends EventEmitter {
  readonly isPackaged = false;
  readonly commandLine;
  readonly #world: World;
  readonly #paths = new Map<string, string>();
  readonly #ready = Promise.withResolvers<void>();
  #name: string | null = null;
  #isQuitting = false;
  #instance: SingleInstance | null = null;
  #loginItem: object = { openAtLogin: false };

  constructor(world: World) {
    super();
    this.#world = world;
    const { switches } = world;
    this.commandLine = {
      appendSwitch: (name: string, value = '') => switches.set(name, value),
      appendArgument: () => {},
      hasSwitch: (name: string) => switches.has(name),
      getSwitchValue: (name: string) => switches.get(name) ?? '',
      removeSwitch: (name: string) => switches.delete(name),
    };
  }

  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  isReady(): boolean {
    return this.#world.isReady;
  }

  /** Starts Chromium; called once the app's main module has been loaded. */
  async start(): Promise<void> {
    const passedOn = [...this.#world.switches].filter(([name]) => !ownSwitches.has(name));
    const switches = passedOn.map(([name, value]) => (value ? `--${name}=${value}` : `--${name}`));
    const chromium = await Chromium.start(join(this.getPath('userData'), 'standin-chromium'), switches);
    chromium.listen('', (method, params) => this.#heard(method, params));
    this.#world.started(chromium);
    this.#world.isReady = true;
    this.#ready.resolve();
    this.emit('will-finish-launching');
    this.emit('ready', {}, {});
  }

  getName(): string {
    const { productName, name } = this.#world.appPackage;
    return this.#name ?? String(productName ?? name ?? 'Electron');
  }

  setName(name: string): void {
    this.#name = name;
  }

  getVersion = (): string => String(this.#world.appPackage['version'] ?? '0.0.0');
  getAppPath = (): string => this.#world.appPath;
  getLocale = (): string => 'en-US';

  getPath(name: string): string {
    const path = this.#paths.get(name) ?? this.#defaultPath(name);
    if (name !== 'exe') mkdirSync(path, { recursive: true });
    return path;
  }

  setPath(name: string, path: string): void {
    this.#paths.set(name, path);
  }

  requestSingleInstanceLock(data: unknown = {}): boolean {
    this.#instance ??= new SingleInstance(this.getPath('userData'));
    return this.#instance.request({ argv: process.argv, cwd: process.cwd(), data }, (second) =>
      this.emit('second-instance', preventable(), second.argv, second.cwd, second.data),
    );
  }

  releaseSingleInstanceLock(): void {
    this.#instance?.release();
  }

  setLoginItemSettings(settings: object): void {
    this.#loginItem = settings;
  }

  getLoginItemSettings(): object {
    return this.#loginItem;
  }

  setAsDefaultProtocolClient = this.#noted('setAsDefaultProtocolClient', true);
  setAppUserModelId = this.#noted('setAppUserModelId', undefined);
  setAboutPanelOptions = this.#noted('setAboutPanelOptions', undefined);
  showAboutPanel = this.#noted('showAboutPanel', undefined);
  setBadgeCount = this.#noted('setBadgeCount', true);
  enableSandbox = this.#noted('enableSandbox', undefined);
  disableHardwareAcceleration = this.#noted('disableHardwareAcceleration', undefined);
  relaunch = this.#noted('relaunch', undefined);
  focus = this.#noted('focus', undefined);

  quit(): void {
    if (this.#isQuitting) return;
    const before = preventable();
    this.emit('before-quit', before);
    if (before.defaultPrevented) return;
    this.#isQuitting = true;
    for (const window of [...this.#world.windows.values()]) window.close();
    const will = preventable();
    if (this.#world.windows.size === 0) this.emit('will-quit', will);
    if (this.#world.windows.size > 0 || will.defaultPrevented) this.#isQuitting = false;
    else this.exit(0);
  }

  /** Ends at once; only `quit` is told. */
  exit(code = 0): void {
    this.emit('quit', preventable(), code);
    this.#instance?.release();
    this.#world.stop();
    process.exit(code);
  }

  windowClosed(): void {
    if (this.#world.windows.size > 0 || this.#isQuitting) return;
    setImmediate(() => {
      if (this.#world.windows.size > 0) return;
      if (this.listenerCount('window-all-closed') > 0) this.emit('window-all-closed');
      else this.quit();
    });
  }

  #heard(method: string, params: Record<string, unknown>): void {
    if (method === 'Target.targetDestroyed') this.#world.contentsOfTarget(String(params['targetId']))?.gone();
  }

  #defaultPath(name: string): string {
    switch (name) {
      case 'exe':
        return process.execPath;
      case 'home':
        return homedir();
      case 'temp':
        return tmpdir();
      case 'appData':
        return process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
      case 'userData':
        return this.#world.switches.get('user-data-dir') ?? join(this.#defaultPath('appData'), this.getName());
      default:
        return join(this.getPath('userData'), name);
    }
  }

  #noted<R>(what: string, result: R): (...args: unknown[]) => R {
    return (...args) => {
      this.#world.noted.push({ what: `app.${what}`, args });
      return result;
    };
  }
}
