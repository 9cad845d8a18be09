import type { Browser, BrowserContext, Page } from 'playwright';
import { asError, RuntimeError } from '../../../../shared/errors.ts';
import type { Clock } from '../../../lib/clock.ts';
import { killMarked, markerName } from '../process-group.ts';
import { type EgressGuard, type EgressRules, egressGuard } from '../web/egress-guard.ts';
import { EgressProxy, type ProxyPass } from './egress-proxy.ts';
import { findBrowser } from './find-browser.ts';

export interface BrowserPoolOptions {
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  egress?: Omit<EgressRules, 'allowHosts'>;
  /** As of McpPool: names this node, so that what it left behind can be found. */
  owner: string;
  /** A page that nobody used for so long is closed, and with the last page the browser. */
  idleMs?: number;
  maxPages?: number;
}

/** The page of one run. */
export interface BrowserPage {
  readonly page: Page;
  readonly pass: ProxyPass;
  readonly guard: EgressGuard;
}

interface Opened extends BrowserPage {
  context: BrowserContext;
  disarm: () => void;
}

interface Running {
  browser: Browser;
  proxy: EgressProxy;
  marker: string;
}

/**
 * One browser for the node, without a window, started with the first page and ended after the last. Each run has a
 * context of its own: no cookie, file or permission is shared, and nothing is kept.
 */
export class BrowserPool {
  readonly #options: BrowserPoolOptions;
  readonly #pages = new Map<string, Promise<Opened>>();
  #running: Promise<Running> | undefined;
  #starts = 0;
  #isClosed = false;

  constructor(options: BrowserPoolOptions) {
    this.#options = options;
  }

  /** The page of a run, opened with the first use. @throws RuntimeError NOT_SUPPORTED, NODE_CLOSING, RATE_LIMITED. */
  async page(run: string, allowHosts: readonly string[]): Promise<BrowserPage> {
    const { clock, idleMs = 120_000, maxPages = 8 } = this.#options;
    if (this.#isClosed) throw new RuntimeError('NODE_CLOSING', 'The browser is closed.');
    if (!this.#pages.has(run) && this.#pages.size >= maxPages) {
      throw new RuntimeError('RATE_LIMITED', `${maxPages} runs use the browser already, which is as many as may.`, {
        maxPages,
      });
    }
    const opening = this.#pages.get(run) ?? this.#open(allowHosts);
    this.#pages.set(run, opening);
    try {
      const opened = await opening;
      opened.disarm();
      opened.disarm = clock.after(idleMs, () => void this.closePage(run));
      return {
        page: opened.context.pages().at(-1) ?? (await opened.context.newPage()),
        pass: opened.pass,
        guard: opened.guard,
      };
    } catch (thrown) {
      this.#pages.delete(run);
      throw thrown;
    }
  }

  /** Runs with a page; none: no browser runs. */
  get runs(): readonly string[] {
    return [...this.#pages.keys()];
  }

  has(run: string): boolean {
    return this.#pages.has(run);
  }

  /** Also when the run has ended. */
  async closePage(run: string): Promise<void> {
    const opening = this.#pages.get(run);
    this.#pages.delete(run);
    const opened = await opening?.catch(() => undefined);
    opened?.disarm();
    opened?.pass.revoke();
    await opened?.context.close().catch(() => {});
    if (this.#pages.size === 0) await this.#end();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#pages.keys()].map((run) => this.closePage(run)));
    await this.#end();
  }

  async #open(allowHosts: readonly string[]): Promise<Opened> {
    const { browser, proxy } = await this.#browser();
    const { ownPorts = () => [], ...rules } = this.#options.egress ?? {};
    const guard = egressGuard({ ...rules, allowHosts, ownPorts: () => [...ownPorts(), proxy.port] });
    const pass = proxy.admit(guard);
    const { username, password } = pass;
    const context = await browser.newContext({
      // Loopback goes through the proxy as well, which the browser would otherwise reach by itself.
      proxy: { server: `http://127.0.0.1:${proxy.port}`, bypass: '<-loopback>', username, password },
      acceptDownloads: false,
      serviceWorkers: 'block',
    });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    return { page, pass, guard, context, disarm: () => {} };
  }

  async #browser(): Promise<Running> {
    this.#running ??= this.#start().catch((thrown: unknown) => {
      this.#running = undefined;
      throw thrown;
    });
    const running = await this.#running;
    if (running.browser.isConnected()) return running;
    // It ended by itself; the pages went with it.
    this.#pages.clear();
    await this.#end();
    return await this.#browser();
  }

  async #start(): Promise<Running> {
    const { env, owner } = this.#options;
    const executablePath = findBrowser(env);
    const { chromium } = await import('playwright');
    const proxy = await EgressProxy.open();
    const marker = `${owner}:${process.pid}:browser-${++this.#starts}`;
    const passedOn = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'SystemRoot', 'TEMP', 'LOCALAPPDATA', 'USERPROFILE'];
    try {
      const browser = await chromium.launch({
        executablePath,
        headless: true,
        // Chromium cannot build its sandbox as root; elsewhere it must have it.
        chromiumSandbox: process.getuid?.() !== 0,
        args: [
          '--disable-quic',
          '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
          '--no-pings',
          '--disable-background-networking',
        ],
        env: {
          ...Object.fromEntries(passedOn.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
          [markerName]: marker,
        },
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      });
      return { browser, proxy, marker };
    } catch (thrown) {
      await proxy.close();
      await killMarked((value) => value === marker);
      throw new RuntimeError(
        'NOT_SUPPORTED',
        `The browser ${executablePath} could not be started: ${asError(thrown).message.slice(0, 300)}`,
        {},
        { cause: thrown },
      );
    }
  }

  async #end(): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    this.#running = undefined;
    if (!running) return;
    await running.browser.close().catch(() => {});
    await running.proxy.close();
    await killMarked((value) => value === running.marker);
  }
}
