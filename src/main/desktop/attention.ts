import type { RuntimeClient } from '../../shared/api.ts';
import { isJsonObject } from '../../shared/json.ts';
import type { ElectronParts } from './electron-parts.ts';

/** Something a person should hear of, and where in the window it is. */
export interface Call {
  /** The same thing calls once. */
  key: string;
  title: string;
  body: string;
  route: string;
}

/** More than this at once become one notification. */
const maxAtOnce = 3;

/**
 * Notifications: what waits in the inbox and processes that have failed, each told once while the window is not in
 * front. What was there before the app started is shown by the tray and the window.
 */
export class Attention {
  readonly #electron: Pick<ElectronParts, 'Notification'>;
  readonly #runtime: Pick<RuntimeClient, 'listInbox' | 'listProcesses'>;
  readonly #window: { isInFront(): boolean; show(route: string): void };
  #known: ReadonlySet<string> | null = null;
  /** A notification that nothing refers to may be collected, and its click is lost. */
  readonly #open = new Set<object>();

  constructor(
    electron: Pick<ElectronParts, 'Notification'>,
    runtime: Pick<RuntimeClient, 'listInbox' | 'listProcesses'>,
    window: { isInFront(): boolean; show(route: string): void },
  ) {
    this.#electron = electron;
    this.#runtime = runtime;
    this.#window = window;
  }

  /** Looks what calls now; the first look only takes note. */
  async look(): Promise<void> {
    const calls = await this.#calls();
    const known = this.#known;
    this.#known = new Set(calls.map((call) => call.key));
    if (!known || this.#window.isInFront()) return;
    const news = calls.filter((call) => !known.has(call.key));
    for (const call of together(news)) this.tell(call);
  }

  /** Tells what a person wants to be told of on the desktop; what waits for them and what failed is told by `look`. */
  hear(notice: unknown): void {
    if (!isJsonObject(notice) || notice['kind'] !== 'notification') return;
    const { process, state, text, item } = notice;
    if (state === 'inbox.opened' || state === 'process.failed') return;
    const [title = '', ...body] = String(text ?? '').split('\n');
    const route = typeof item === 'string' ? `/inbox/${item}` : `/agents/${String(process)}`;
    this.tell({ title, body: body.join('\n'), route });
  }

  /** `clicked` is what a click does, where it does not lead to the route. */
  tell({ title, body, route }: Omit<Call, 'key'>, clicked = () => this.#window.show(route)): void {
    if (!this.#electron.Notification.isSupported()) return;
    const notification = new this.#electron.Notification({ title, body });
    this.#open.add(notification);
    notification.on('click', () => {
      this.#open.delete(notification);
      clicked();
    });
    notification.on('close', () => this.#open.delete(notification));
    notification.show();
  }

  async #calls(): Promise<Call[]> {
    const [inbox, failed] = await Promise.all([
      this.#runtime.listInbox({ state: 'open', limit: 100 }),
      this.#runtime.listProcesses({ state: 'failed' }),
    ]);
    return [
      ...inbox.items.filter(isInTheWay).map(({ id, process, title, question }) => ({
        key: id,
        title: `${process}: ${title}`,
        body: question,
        route: `/inbox/${id}`,
      })),
      ...failed.items.map(({ name, stateReason, stateSince }) => ({
        key: `${name} failed at ${stateSince}`,
        title: `${name} has failed`,
        body: stateReason,
        route: `/agents/${name}`,
      })),
    ];
  }
}

/** One that is snoozed calls again when it is back. */
function isInTheWay({ snoozedUntil }: { snoozedUntil?: number | null }): boolean {
  return (snoozedUntil ?? 0) <= Date.now();
}

/** Many at once say only how many they are. */
export function together(calls: Call[]): Call[] {
  if (calls.length <= maxAtOnce) return calls;
  const key = calls.map((call) => call.key).join(' ');
  const body = calls.map((call) => call.title).join('\n');
  return [{ key, title: `${calls.length} things need you`, body, route: '/inbox' }];
}
