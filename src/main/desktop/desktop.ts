import { mkdirSync } from 'node:fs';
import type { RuntimeClient } from '../../shared/api.ts';
import { asError, errorCodes, RuntimeError } from '../../shared/errors.ts';
import type { FolderIs } from '../../shared/folder-is.ts';
import type { DesktopPlace } from '../../shared/operations/desktop-operations.ts';
import type { StartChild } from '../lib/child.ts';
import { windowFileList } from '../transport/http/window-files.ts';
import { serveIpc } from '../transport/ipc.ts';
import type { WindowNode } from '../transport/window-node.ts';
import { appScheme, pagesOrigin, servePages } from './app-pages.ts';
import { askFolder } from './ask-folder.ts';
import { Attention } from './attention.ts';
import type { DesktopCommands } from './commands.ts';
import { type LaunchWish, launchWish, linkScheme, routeOf } from './deep-links.ts';
import { desktopPlace } from './desktop-place.ts';
import type { ElectronParts } from './electron-parts.ts';
import { externalLinks } from './external-links.ts';
import { favouritesOf, isPauseOver, nextOf } from './glance.ts';
import { type Keychain, openKeychain } from './keychain.ts';
import { lockDown } from './lock-down.ts';
import { MainWindow, originOf } from './main-window.ts';
import { menuTemplate } from './menu.ts';
import { checkNatives } from './natives.ts';
import { followChanges } from './node-changes.ts';
import { ManifestOpener } from './open-manifest.ts';
import { openingNode, runtimeOf } from './opening-node.ts';
import { followPower } from './power.ts';
import { drainOnQuit, mayQuit } from './quit.ts';
import { saveDiagnostics } from './save-diagnostics.ts';
import { openSettings, type SettingsStore } from './settings.ts';
import { becomeOnlyInstance } from './single-instance.ts';
import { setStartAtLogin } from './start-at-login.ts';
import { type PauseSpan, TimedPause } from './timed-pause.ts';
import { type NodeSummary, type TrayAgents, TrayIcon } from './tray-icon.ts';
import { electronUpdater, packedFeed } from './updater.ts';
import { Updates } from './updates.ts';
import { utilityChild } from './utility-child.ts';

/** What the desktop asks of the node it shows. */
export interface DesktopNode extends WindowNode {
  /** Where its HTTP API listens; null when it does not. */
  readonly url: string | null;
  summary(): NodeSummary;
  /** The machine goes to sleep: no timer is to be trusted until `resumeClock`. */
  suspendClock(): void;
  resumeClock(): void;
  /** Brings every run to a safe point and closes the journal. */
  close(): Promise<void>;
}

/** What only a desktop can give a node. */
export interface DesktopGifts {
  /** @throws RuntimeError `KEYCHAIN_UNAVAILABLE` */
  openKeychain(): Promise<Keychain>;
  startChild: StartChild;
  /** What the app remembers for a person, to be changed in its window. */
  desktopPlace: DesktopPlace;
  /** What the person said of a data folder that stands twice. */
  folderIs?: FolderIs;
}

export interface DesktopPlaces {
  /** The built renderer. */
  pagesDir: string;
  /** The bundled preload. */
  preload: string;
  iconsDir: string;
  /** The data folder of the node. */
  dataDir: string;
  /** Where the window keeps its own things, and what a second start is told apart by; null for Electron's place. */
  profileDir: string | null;
  /** Where a development server has the page instead; never in a packaged app. */
  developmentPage: string | null;
}

/** How often the tray follows a busy node. */
const trayPauseMs = 1_000;

/**
 * The desktop app around a node: window, tray, menu, notifications, links, power and keychain. It starts at once and
 * goes on when Electron is ready; a second start only tells the first one what it was asked for.
 */
export function startDesktop(
  electron: ElectronParts,
  openNode: (gifts: DesktopGifts) => Promise<DesktopNode>,
  places: DesktopPlaces,
): void {
  const { app, crashReporter, protocol } = electron;
  if (places.profileDir) {
    mkdirSync(places.profileDir, { recursive: true, mode: 0o700 });
    app.setPath('userData', places.profileDir);
  }
  const wish = launchWish(process.argv, process.cwd());
  const desktop = new Desktop(electron, places, wish);
  if (!becomeOnlyInstance(app, (second) => desktop.wanted(second))) return;

  crashReporter.start({ uploadToServer: false });
  app.enableSandbox();
  app.setAppUserModelId('dev.agentruntime.desktop');
  if (app.isPackaged) app.setAsDefaultProtocolClient(linkScheme);
  protocol.registerSchemesAsPrivileged([appScheme]);
  app.on('open-url', (_event, url) => desktop.wanted({ route: routeOf(url), manifest: null, isHidden: false }));
  app.on('open-file', (_event, manifest) => desktop.wanted({ route: null, manifest, isHidden: false }));
  app.on('activate', () => desktop.wanted({ route: null, manifest: null, isHidden: false }));
  // Nothing may be awaited while this module loads: Electron becomes ready only afterwards.
  void app.whenReady().then(() => desktop.ready(openNode));
}

class Desktop {
  readonly #electron: ElectronParts;
  readonly #places: DesktopPlaces;
  readonly #settings: SettingsStore;
  readonly #window: MainWindow;
  readonly #opened = Promise.withResolvers<DesktopNode>();
  readonly #runtime: RuntimeClient;
  readonly #attention: Attention;
  readonly #manifests: ManifestOpener;
  readonly #pause: TimedPause;
  readonly #updates: Updates;
  #rest: () => Promise<void> = async () => {};
  #agents: TrayAgents = { favourites: [], next: null };
  #wish: LaunchWish;
  #tray: TrayIcon | null = null;
  #node: DesktopNode | null = null;
  #endFollowing: () => void = () => {};

  constructor(electron: ElectronParts, places: DesktopPlaces, wish: LaunchWish) {
    const page = places.developmentPage ?? `${pagesOrigin}/`;
    this.#electron = electron;
    this.#places = places;
    this.#wish = wish;
    this.#settings = openSettings(electron.app.getPath('userData'));
    this.#window = new MainWindow(
      electron,
      { page, preload: places.preload, icon: `${places.iconsDir}/icon.png` },
      this.#settings,
    );
    this.#runtime = runtimeOf(openingNode(this.#opened.promise));
    this.#attention = new Attention(electron, this.#runtime, this.#window);
    this.#manifests = new ManifestOpener(electron.dialog, this.#runtime, (name) =>
      this.#window.show(`/agents/${name}`),
    );
    this.#pause = new TimedPause(this.#settings, () => this.#commands.resumeAll());
    this.#updates = this.#openUpdates();
  }

  readonly #commands: DesktopCommands = {
    show: (route) => this.#window.show(route),
    pauseAll: (span) => {
      this.#attempt(this.#pauseAll(span));
    },
    resumeAll: () => {
      this.#pause.end();
      this.#attempt(this.#runtime.resumeAll({}));
      this.#refresh();
    },
    runNow: (name) => this.#attempt(this.#runtime.wakeProcess({ name })),
    openManifest: () => void this.#manifests.pick(),
    setKeepRunning: (keepRunning) => {
      this.#settings.set({ keepRunning });
      this.#refresh();
    },
    setStartAtLogin: (startAtLogin) => {
      setStartAtLogin(this.#electron.app, startAtLogin);
      this.#settings.set({ startAtLogin });
      this.#refresh();
    },
    setKeys: (keys) => {
      this.#settings.set({ keys });
      this.#refresh();
    },
    saveDiagnostics: () =>
      void saveDiagnostics(this.#electron, this.#places.dataDir, this.#node ? this.#runtime : null),
    lookForUpdate: () => void this.#updates.look(),
    quit: () => void this.#quit(),
  };

  /** Another start, a link or a file; before the app is ready it is what the app will begin with. */
  wanted(wish: LaunchWish): void {
    if (!this.#tray) {
      this.#wish = { ...this.#wish, ...wish };
      return;
    }
    if (!wish.isHidden) this.#window.show(wish.route);
    if (wish.manifest) void this.#manifests.open(wish.manifest);
  }

  async ready(openNode: (gifts: DesktopGifts) => Promise<DesktopNode>): Promise<void> {
    const { app, ipcMain, protocol, safeStorage } = this.#electron;
    const offerLink = externalLinks(this.#electron);
    const ourOrigin = originOf(this.#places.developmentPage ?? pagesOrigin);
    lockDown(
      this.#electron,
      (url) => originOf(url) === ourOrigin,
      (url) => void offerLink(url),
    );
    servePages(protocol, new Map(windowFileList(this.#places.pagesDir)));
    const endIpc = serveIpc(ipcMain, openingNode(this.#opened.promise), (event) => this.#window.isSenderOf(event));
    this.#rest = drainOnQuit(app, async () => {
      this.#endFollowing();
      this.#pause.close();
      this.#updates.close();
      endIpc();
      await this.#node?.close();
      this.#tray?.destroy();
    });
    app.on('window-all-closed', () => this.#windowClosed());

    this.#tray = new TrayIcon(this.#electron, this.#places.iconsDir, this.#commands);
    this.#refresh();
    this.wanted(this.#wish);
    const gifts: DesktopGifts = {
      openKeychain: () => openKeychain(safeStorage, process.platform),
      startChild: utilityChild(this.#electron),
      desktopPlace: desktopPlace(this.#settings, this.#packedFeed, this.#commands),
    };
    try {
      if (app.isPackaged) checkNatives(process.resourcesPath);
      this.#follow(await openNode(gifts).catch((thrown) => this.#openCopy(thrown, openNode, gifts)));
    } catch (thrown) {
      this.#cannotStart(thrown);
    }
  }

  /** Asks what a data folder is that stands twice, and opens it as that. @throws what is no question of this kind. */
  async #openCopy(
    thrown: unknown,
    openNode: (gifts: DesktopGifts) => Promise<DesktopNode>,
    gifts: DesktopGifts,
  ): Promise<DesktopNode> {
    const folderIs = await askFolder(this.#electron.dialog, thrown);
    return openNode({ ...gifts, folderIs });
  }

  #follow(node: DesktopNode): void {
    const { app, powerMonitor } = this.#electron;
    this.#node = node;
    this.#opened.resolve(node);
    followPower(powerMonitor, node, { awake: () => this.#pause.check(), quit: () => app.quit() });
    const endNews = node.watch(null, (notice) => this.#attention.hear(notice));
    const endChanges = followChanges(node, trayPauseMs, async (kinds) => {
      await this.#glance();
      const calling = ['inbox.changed', 'process.changed', 'notices.gap'];
      if (calling.some((kind) => kinds.has(kind))) await this.#attention.look();
    });
    this.#endFollowing = () => {
      endNews();
      endChanges();
    };
    this.#pause.check();
    this.#updates.start();
    this.#refresh();
    // First looks that fail are made up for by the next ones.
    void this.#glance().catch(() => {});
    void this.#attention.look().catch(() => {});
  }

  /** Looks which agents the tray is to name. */
  async #glance(): Promise<void> {
    this.#refresh();
    const wasPaused = this.#pause.isTimed;
    const { items } = await this.#runtime.listProcesses({ limit: 1_000 });
    if (wasPaused && isPauseOver(items)) this.#pause.end();
    this.#agents = { favourites: favouritesOf(items), next: nextOf(items) };
    this.#refresh();
  }

  /** The time of a pause begins once all have paused, so that a glance meanwhile does not take it for one that is over. */
  async #pauseAll(span: PauseSpan): Promise<void> {
    this.#pause.end();
    await this.#runtime.pauseAll({});
    this.#pause.begin(span);
    this.#refresh();
  }

  async #quit(): Promise<void> {
    const { app, dialog } = this.#electron;
    if (!this.#node || (await mayQuit(dialog, this.#runtime, this.#settings))) app.quit();
  }

  /** Where the app was made to look for updates. */
  get #packedFeed(): string | null {
    return this.#electron.app.isPackaged ? packedFeed(process.resourcesPath) : null;
  }

  #openUpdates(): Updates {
    const { app, dialog } = this.#electron;
    const packed = this.#packedFeed;
    return new Updates({
      dialog,
      openUpdater: packed ? () => electronUpdater(app) : null,
      feed: () => this.#settings.get().updateFeed ?? packed,
      settingsFile: `${app.getPath('userData')}/desktop.json`,
      backup: () => this.#runtime.backup({}),
      rest: () => this.#rest(),
      tell: ({ title, body, clicked }) => this.#attention.tell({ title, body, route: '/settings' }, clicked),
    });
  }

  #refresh(): void {
    const { Menu } = this.#electron;
    const states = this.#settings.get();
    this.#tray?.update(this.#node?.summary() ?? null, states, Date.now(), this.#agents);
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(this.#commands, states, process.platform)));
  }

  #windowClosed(): void {
    const { keepRunning, toldItKeepsRunning } = this.#settings.get();
    if (!keepRunning) {
      this.#electron.app.quit();
      return;
    }
    if (toldItKeepsRunning) return;
    this.#settings.set({ toldItKeepsRunning: true });
    const body = 'Open it again from the tray, or by starting the app once more. Quit it from the tray.';
    this.#attention.tell({ title: 'Your agents keep running', body, route: '/now' });
  }

  #attempt(work: Promise<unknown>): void {
    work.catch((thrown) => this.#electron.dialog.showErrorBox('That did not work', asError(thrown).message));
  }

  #cannotStart(thrown: unknown): void {
    const { app, dialog } = this.#electron;
    const hint = thrown instanceof RuntimeError ? errorCodes[thrown.code].hint : '';
    dialog.showErrorBox('Agent Runtime cannot start', `${asError(thrown).message}\n\n${hint}`.trim());
    app.exit(1);
  }
}
