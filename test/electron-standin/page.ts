import type { CdpListener, Chromium } from './chromium.ts';
import { bindingName, type PageScripts, preloadWorld } from './page/page-scripts.ts';

export interface PageSize {
  width: number;
  height: number;
}

/** One page of Chromium, prepared for the two worlds before it shows anything. */
export class Page {
  readonly targetId: string;
  readonly #chromium: Chromium;
  readonly #session: string;

  private constructor(chromium: Chromium, targetId: string, session: string) {
    this.#chromium = chromium;
    this.targetId = targetId;
    this.#session = session;
  }

  /** `attached` hears of the page before it can have navigated. */
  static async open(
    chromium: Chromium,
    size: PageSize,
    scripts: PageScripts,
    attached: { as(targetId: string): void; hears: CdpListener },
  ): Promise<Page> {
    const { targetId } = await chromium.send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
      newWindow: true,
      ...size,
    });
    attached.as(targetId);
    const { sessionId } = await chromium.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    chromium.listen(sessionId, attached.hears);
    const page = new Page(chromium, targetId, sessionId);
    await Promise.all([
      page.send('Page.enable'),
      page.send('Runtime.enable'),
      page.send('Inspector.enable'),
      page.send('Runtime.addBinding', { name: bindingName, executionContextName: preloadWorld }),
      page.send('Page.addScriptToEvaluateOnNewDocument', { source: scripts.page }),
      page.send('Page.addScriptToEvaluateOnNewDocument', { source: scripts.preload, worldName: preloadWorld }),
      page.send('Fetch.enable', { patterns: [{ urlPattern: 'https://*.invalid/*' }, { resourceType: 'Document' }] }),
      page.resize(size),
    ]);
    return page;
  }

  send<T>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    return this.#chromium.send<T>(method, params, this.#session);
  }

  /** For commands whose failure means only that the page has gone in the meantime. */
  tell(method: string, params: Record<string, unknown> = {}): void {
    this.send(method, params).catch(() => {});
  }

  resize({ width, height }: PageSize): Promise<unknown> {
    return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  /** The value of an expression in the page's own world. */
  async evaluate(expression: string): Promise<unknown> {
    interface Evaluated {
      result: { value?: unknown };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }
    const { result, exceptionDetails } = await this.send<Evaluated>('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  close(): void {
    this.#chromium.send('Target.closeTarget', { targetId: this.targetId }).catch(() => {});
  }
}
