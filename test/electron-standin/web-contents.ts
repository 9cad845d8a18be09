import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CdpParams } from './chromium.ts';
import { decode, encode } from './codec.ts';
import { preventable } from './events.ts';
import { Frame } from './frame.ts';
import { imageOf } from './native-image.ts';
import { bindingName, pageScripts, preloadWorld, receiverName } from './page/page-scripts.ts';
import type { FromPage, ToPage } from './page/renderer-module.ts';
import { Page, type PageSize } from './page.ts';
import type { PausedRequest } from './schemes.ts';
import type { Window } from './window.ts';
import type { World } from './world.ts';

type OpenListener = (details: { url: string; disposition: string }) => { action: 'deny' | 'allow' };

/** Electron's webContents: what one window shows, its traffic with the main process, and its navigations. */
export class WebContents extends EventEmitter {
  readonly id: number;
  readonly window: Window;
  readonly session: unknown;
  mainFrame: Frame;
  targetId = '';
  #page: Page | null = null;
  readonly #opened: Promise<Page>;
  readonly #world: World;
  #preloadContext: number | null = null;
  #isLoading = false;
  #isGone = false;
  #openListener: OpenListener | null = null;
  /** Where the page itself, not the app, asked to go. */
  readonly #askedFor = new Set<string>();

  /** What DevTools tells of the page. */
  readonly #heard: Record<string, (params: CdpParams) => void> = {
    'Page.frameNavigated': ({ frame }) => this.#navigated(frame as { url: string; parentId?: string }),
    'Page.navigatedWithinDocument': ({ frameId, url }) => {
      if (frameId === this.targetId) this.#movedWithin(url as string);
    },
    'Page.domContentEventFired': () => this.emit('dom-ready', preventable()),
    'Page.loadEventFired': () => {
      this.#isLoading = false;
      this.emit('did-finish-load', preventable());
      this.window.firstPaint();
    },
    'Page.frameRequestedNavigation': ({ url }) => this.#askedFor.add(url as string),
    'Page.javascriptDialogOpening': () => this.#page?.tell('Page.handleJavaScriptDialog', { accept: false }),
    'Inspector.targetCrashed': () => this.#crashed(),
    'Fetch.requestPaused': (params) => this.#paused(params as unknown as PausedRequest & PausedDetails),
    'Runtime.executionContextCreated': ({ context }) => this.#contextCreated(context as ContextCreated),
    'Runtime.bindingCalled': ({ name, payload, executionContextId }) => {
      if (name !== bindingName || executionContextId !== this.#preloadContext) return;
      void this.#fromPage(decode(payload as string) as FromPage);
    },
    'Runtime.consoleAPICalled': (params) => this.#consoleMessage(params as unknown as ConsoleCall),
  };

  constructor(world: World, window: Window, preload: string | undefined, session: unknown) {
    super();
    this.#world = world;
    this.window = window;
    this.session = session;
    this.id = world.nextId();
    this.mainFrame = new Frame(this, 'about:blank');
    world.contents.set(this.id, this);
    this.#opened = this.#open(preload, window.getBounds());
    this.#opened.catch((error) => process.stderr.write(`The stand-in could not open a page: ${error}\n`));
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.#opened;
    const loaded = new Promise<void>((done, fail) => {
      this.once('did-finish-load', done);
      this.once('destroyed', () => fail(new Error(`ERR_FAILED (-2) loading '${url}'`)));
    });
    loaded.catch(() => {});
    const { loaderId, errorText } = await page.send<{ loaderId?: string; errorText?: string }>('Page.navigate', {
      url: this.#world.schemes.toPage(url),
    });
    if (errorText) {
      this.emit('did-fail-load', preventable(), -2, errorText, url, true);
      throw new Error(`${errorText} (-2) loading '${url}'`);
    }
    if (loaderId) await loaded;
  }

  loadFile(path: string, options: { hash?: string; query?: Record<string, string> } = {}): Promise<void> {
    const url = pathToFileURL(resolve(this.#world.appPath, path));
    if (options.hash) url.hash = options.hash;
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, value);
    return this.loadURL(url.href);
  }

  send(channel: string, ...args: unknown[]): void {
    this.#toPage({ type: 'message', channel, args });
  }

  async executeJavaScript(code: string): Promise<unknown> {
    return (await this.#opened).evaluate(code);
  }

  async capturePage(): Promise<unknown> {
    const { data } = await (await this.#opened).send<{ data: string }>('Page.captureScreenshot', { format: 'png' });
    return imageOf(Buffer.from(data, 'base64'));
  }

  async printToPDF(): Promise<Buffer> {
    const { data } = await (await this.#opened).send<{ data: string }>('Page.printToPDF');
    return Buffer.from(data, 'base64');
  }

  setWindowOpenHandler(listener: OpenListener): void {
    this.#openListener = listener;
  }

  reload(): void {
    this.#page?.tell('Page.reload');
  }

  forcefullyCrashRenderer(): void {
    this.#page?.tell('Page.crash');
  }

  resize(size: PageSize): void {
    this.#page?.resize(size).catch(() => {});
  }

  getURL = (): string => this.mainFrame.url;
  getTitle = (): string => this.window.getTitle();
  isLoading = (): boolean => this.#isLoading;
  isDestroyed = (): boolean => this.#isGone;
  focus = (): void => this.window.focus();
  openDevTools = this.#noted('webContents.openDevTools');
  toggleDevTools = this.#noted('webContents.toggleDevTools');
  setZoomLevel = this.#noted('webContents.setZoomLevel');

  /** As if the page had called `window.close()`: nobody is asked. */
  close(): void {
    this.window.destroy();
  }

  closePage(): void {
    if (this.#page) this.#page.close();
    else void this.#opened.then((page) => page.close()).catch(() => {});
  }

  /** The page is no more; said by the window or by Chromium, whichever comes first. */
  gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#world.contents.delete(this.id);
    this.emit('destroyed');
    this.window.pageGone();
  }

  /** The page wants a new window: the app is asked, and the stand-in opens none in any case. */
  #opens(pageUrl: string): void {
    const url = this.#world.schemes.fromPage(pageUrl);
    const verdict = this.#openListener?.({ url, disposition: 'foreground-tab' });
    if (verdict?.action !== 'deny') process.stderr.write(`The stand-in opens no window for a page: ${url}\n`);
  }

  #crashed(): void {
    this.#preloadContext = null;
    this.emit('render-process-gone', preventable(), { reason: 'crashed', exitCode: 1 });
  }

  #noted(what: string): (...args: unknown[]) => void {
    return (...args) => this.#world.noted.push({ what, args });
  }

  async #open(preload: string | undefined, size: PageSize): Promise<Page> {
    const scripts = pageScripts(preload ? { path: preload, source: readFileSync(preload, 'utf8') } : null);
    this.#page = await Page.open(this.#world.chromium, size, scripts, {
      as: (targetId) => {
        this.targetId = targetId;
      },
      hears: (method, params) => this.#heard[method]?.(params),
    });
    return this.#page;
  }

  #navigated(frame: { url: string; parentId?: string }): void {
    if (frame.parentId) return;
    this.#isLoading = true;
    this.mainFrame = new Frame(this, this.#world.schemes.fromPage(frame.url));
    const origin = new URL(frame.url).origin;
    if (origin !== 'null') {
      const { chromium, permissions } = this.#world;
      permissions.tell(chromium, this, origin, this.mainFrame.origin).catch(() => {});
    }
    this.emit('did-navigate', preventable(), this.mainFrame.url, 200, 'OK');
  }

  #movedWithin(pageUrl: string): void {
    this.mainFrame.url = this.#world.schemes.fromPage(pageUrl);
    this.emit('did-navigate-in-page', preventable(), this.mainFrame.url, true);
  }

  #contextCreated({ id, name, auxData }: ContextCreated): void {
    if (name === preloadWorld && auxData?.frameId === this.targetId) this.#preloadContext = id;
  }

  #consoleMessage({ type, args }: ConsoleCall): void {
    const message = args.map(({ value, description }) => String(value ?? description)).join(' ');
    this.emit('console-message', preventable({ level: type, message }));
  }

  async #paused(paused: PausedRequest & PausedDetails): Promise<void> {
    const { requestId } = paused;
    if (paused.resourceType === 'Document' && this.#forbids(paused)) {
      this.#page?.tell('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      return;
    }
    const fulfilment = await this.#world.schemes.answer(paused);
    if (fulfilment) this.#page?.tell('Fetch.fulfillRequest', { requestId, ...fulfilment });
    else this.#page?.tell('Fetch.continueRequest', { requestId });
  }

  /** Whether the app prevents a navigation that the page asked for. What the app itself loads is not asked about. */
  #forbids({ request, frameId, redirectedRequestId }: PausedRequest & PausedDetails): boolean {
    const url = this.#world.schemes.fromPage(request.url);
    const isMainFrame = frameId === this.targetId;
    const event = preventable({ url, isMainFrame, isSameDocument: false, frame: this.mainFrame });
    if (redirectedRequestId) this.emit('will-redirect', event, url);
    if (this.#askedFor.delete(request.url)) {
      this.emit('will-frame-navigate', event);
      if (isMainFrame) this.emit('will-navigate', event, url);
    }
    return event.defaultPrevented;
  }

  async #fromPage(message: FromPage): Promise<void> {
    if (message.type === 'preload-error') {
      process.stderr.write(`The preload failed: ${(message.error as Error).stack}\n`);
      this.emit('preload-error', preventable(), '', message.error);
      return;
    }
    if (message.type === 'opened') {
      this.#opens(message.url);
      return;
    }
    const event = this.#ipcEvent();
    if (message.type === 'send') {
      this.#world.ipc.emit(message.channel, event, ...message.args);
      return;
    }
    const context = this.#preloadContext;
    const answer = await this.#world.ipc.answer(message.channel, event, message.args);
    // An answer for a document that has gone must not reach its successor.
    if (context === this.#preloadContext && !this.#isGone) this.#toPage({ type: 'answer', id: message.id, ...answer });
  }

  #ipcEvent(): object {
    const reply = (channel: string, ...args: unknown[]) => this.send(channel, ...args);
    return preventable({ sender: this, senderFrame: this.mainFrame, processId: 1, frameId: 1, ports: [], reply });
  }

  #toPage(message: ToPage): void {
    if (this.#isGone) throw new TypeError('Object has been destroyed');
    if (this.#preloadContext === null) return;
    const expression = `globalThis.${receiverName}(${JSON.stringify(encode(message))})`;
    this.#page?.tell('Runtime.evaluate', { expression, contextId: this.#preloadContext });
  }
}

interface PausedDetails {
  resourceType: string;
  frameId: string;
  redirectedRequestId?: string;
}

interface ContextCreated {
  id: number;
  name: string;
  auxData?: { frameId?: string };
}

interface ConsoleCall {
  type: string;
  args: { value?: unknown; description?: string }[];
}
