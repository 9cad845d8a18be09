import type { RuntimeClient } from '../../shared/api.ts';
import { pressingKinds, pressingReports } from '../../shared/inbox-kinds.ts';
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

/** News of what is an inbox item as well. */
const toldByLook: ReadonlySet<string> = new Set([
  'inbox.opened',
  'process.failed',
  'run.failed',
  'event.dead',
  'schedule.missed',
  'node.clock',
]);
/** Their titles name the agent. */
const reports: ReadonlySet<string> = new Set(pressingReports);

/**
 * Notifications: what needs a person in the inbox, each item told once while the window is not in front. What was there
 * before the app started is shown by the tray and the window.
 */
export class Attention {
  readonly #electron: Pick<ElectronParts, 'Notification'>;
  readonly #runtime: Pick<RuntimeClient, 'listInbox'>;
  readonly #window: { isInFront(): boolean; show(route: string): void };
  #known: ReadonlySet<string> | null = null;
  /** A notification that nothing refers to may be collected, and its click is lost. */
  readonly #open = new Set<object>();

  constructor(
    electron: Pick<ElectronParts, 'Notification'>,
    runtime: Pick<RuntimeClient, 'listInbox'>,
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
    if (toldByLook.has(String(state))) return;
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
    const { items } = await this.#runtime.listInbox({ state: 'open', kind: pressingKinds.join(), limit: 100 });
    return items.filter(isInTheWay).map(({ id, kind, process, title, question }) => ({
      key: id,
      title: reports.has(kind) ? title : `${process}: ${title}`,
      body: question,
      route: `/inbox/${id}`,
    }));
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
