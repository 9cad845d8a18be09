import type { WebContents } from './web-contents.ts';

/** The main frame of a page while it shows one document; Electron's WebFrameMain as far as apps look at it. */
export class Frame {
  /** Changes while the document moves within itself. */
  url: string;
  readonly parent = null;
  readonly processId = 1;
  readonly routingId = 1;
  readonly frameTreeNodeId: number;
  readonly #contents: WebContents;

  constructor(contents: WebContents, url: string) {
    this.#contents = contents;
    this.url = url;
    this.frameTreeNodeId = contents.id;
  }

  get origin(): string {
    const [, origin] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]+)/i.exec(this.url) ?? [];
    return origin ?? 'null';
  }

  get top(): Frame {
    return this;
  }

  get detached(): boolean {
    return this.isDestroyed();
  }

  isDestroyed(): boolean {
    return this.#contents.isDestroyed() || this.#contents.mainFrame !== this;
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.isDestroyed()) throw new Error('Render frame was disposed before WebFrameMain could be accessed');
    this.#contents.send(channel, ...args);
  }

  executeJavaScript(code: string): Promise<unknown> {
    return this.#contents.executeJavaScript(code);
  }
}
