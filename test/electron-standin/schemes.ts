type Answer = (request: Request) => Response | Promise<Response>;

interface CustomScheme {
  scheme: string;
  privileges?: { standard?: boolean };
}

/** A request that Chromium holds until it is answered, as DevTools tells of it. */
export interface PausedRequest {
  requestId: string;
  request: { url: string; method: string; headers: Record<string, string>; postData?: string };
}

export interface Fulfilment {
  responseCode: number;
  responseHeaders: { name: string; value: string }[];
  body: string;
}

/**
 * Electron's protocol module for standard custom schemes. Chromium knows no `app:`, so pages see
 * `https://<host>.<scheme>.invalid/` (a name that can never resolve), and every URL is translated on its way between
 * page and main process. Origin, content security policy and fetch behave as they would.
 */
export class Schemes {
  readonly #standard = new Set<string>();
  readonly #answers = new Map<string, Answer>();
  isReady: () => boolean = () => false;

  registerSchemesAsPrivileged(schemes: CustomScheme[]): void {
    if (this.isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    for (const { scheme, privileges } of schemes) if (privileges?.standard) this.#standard.add(scheme);
  }

  handle(scheme: string, answer: Answer): void {
    if (this.#answers.has(scheme)) throw new Error(`The scheme has been registered: ${scheme}`);
    this.#answers.set(scheme, answer);
  }

  unhandle(scheme: string): void {
    this.#answers.delete(scheme);
  }

  isProtocolHandled(scheme: string): boolean {
    return this.#answers.has(scheme);
  }

  /** As Chromium is to be told the URL. */
  toPage(url: string): string {
    const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]+)(.*)$/i.exec(url);
    const [, scheme = '', host = '', rest = ''] = match ?? [];
    return this.#standard.has(scheme) ? `https://${host}.${scheme}.invalid${rest || '/'}` : url;
  }

  /** As the app knows the URL; origins work as well. */
  fromPage(url: string): string {
    const match = /^https:\/\/([^/?#]+)\.([a-z0-9+-]+)\.invalid(.*)$/.exec(url);
    const [, host = '', scheme = '', rest = ''] = match ?? [];
    return this.#standard.has(scheme) ? `${scheme}://${host}${rest}` : url;
  }

  /** What the app answers to a request for one of its own URLs; null for any other URL. */
  async answer({ request }: PausedRequest): Promise<Fulfilment | null> {
    const url = this.fromPage(request.url);
    if (url === request.url) return null;
    const answer = this.#answers.get(url.slice(0, url.indexOf(':')));
    if (!answer) return { responseCode: 404, responseHeaders: [], body: '' };
    const { method, headers, postData } = request;
    const response = await answer(new Request(url, { method, headers, ...(postData && { body: postData }) }));
    return {
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    };
  }
}
