import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron';
import { type BridgeReply, bridgeChannels } from '../../shared/bridge.ts';
import { RuntimeError, toWire } from '../../shared/errors.ts';
import type { WindowNode } from './window-node.ts';

/** Far above what a page has open at once; a page that leaks watches is stopped here. */
const maxWatchesPerPage = 200;

/**
 * Electron's side of the bridge that the preload gives to pages. Calls and watches of frames that `isOurFrame` does not
 * know never reach the node. A watch ends with the document that began it.
 * @returns what ends all watches and takes the channels down.
 */
export function serveIpc(
  ipcMain: IpcMain,
  node: WindowNode,
  isOurFrame: (event: IpcMainEvent | IpcMainInvokeEvent) => boolean,
): () => void {
  const watches = new Watches(node);

  ipcMain.handle(
    bridgeChannels.call,
    async (event, name: unknown, input: unknown, on: unknown): Promise<BridgeReply> => {
      if (!isOurFrame(event)) {
        return refused(new RuntimeError('ORIGIN_NOT_ALLOWED', 'Only pages of Agent Runtime may call the node.'));
      }
      if (typeof name !== 'string' || name.length > 100) {
        return refused(new RuntimeError('REQUEST_INVALID', 'A call takes the name of an operation, then its input.'));
      }
      if (!isNodeName(on)) {
        return refused(new RuntimeError('REQUEST_INVALID', 'A node is named by its id or its name.'));
      }
      return node.call(name, input ?? {}, on ?? undefined);
    },
  );

  const begin = (event: IpcMainEvent, id: unknown, after: unknown, on: unknown) => {
    if (!isOurFrame(event) || !isId(id) || !(after === null || isId(after)) || !isNodeName(on)) return;
    watches.begin(event.sender, id, after, on ?? undefined);
  };
  const end = (event: IpcMainEvent, id: unknown) => {
    if (isOurFrame(event) && isId(id)) watches.end(event.sender, id);
  };
  ipcMain.on(bridgeChannels.watch, begin);
  ipcMain.on(bridgeChannels.unwatch, end);

  return () => {
    ipcMain.removeHandler(bridgeChannels.call);
    ipcMain.off(bridgeChannels.watch, begin);
    ipcMain.off(bridgeChannels.unwatch, end);
    watches.endAll();
  };
}

const refused = (error: RuntimeError): BridgeReply => ({ ok: false, error: toWire(error) });

const isNodeName = (value: unknown): value is string | null | undefined =>
  value === undefined || value === null || (typeof value === 'string' && value.length > 0 && value.length <= 200);

/** Notices and watches are both counted from 0 up. */
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

type End = () => void;

class Watches {
  readonly #node: WindowNode;
  readonly #byPage = new Map<WebContents, Map<number, End>>();

  constructor(node: WindowNode) {
    this.#node = node;
  }

  begin(page: WebContents, id: number, after: number | null, node: string | undefined): void {
    const ends = this.#endsOf(page);
    if (ends.has(id) || ends.size >= maxWatchesPerPage) return;
    const batch = new Batch((notices) => {
      if (!page.isDestroyed()) page.send(bridgeChannels.notices, id, notices);
    });
    const end = this.#node.watch(after, (notice) => batch.add(notice), node);
    ends.set(id, () => {
      batch.drop();
      end();
    });
  }

  end(page: WebContents, id: number): void {
    const ends = this.#byPage.get(page);
    ends?.get(id)?.();
    ends?.delete(id);
  }

  endAll(): void {
    for (const page of [...this.#byPage.keys()]) this.#endPage(page);
  }

  #endPage(page: WebContents): void {
    for (const end of this.#byPage.get(page)?.values() ?? []) end();
    this.#byPage.delete(page);
  }

  #endsOf(page: WebContents): Map<number, End> {
    const known = this.#byPage.get(page);
    if (known) return known;
    const ends = new Map<number, End>();
    this.#byPage.set(page, ends);
    const gone = () => {
      page.off('did-navigate', gone);
      page.off('render-process-gone', gone);
      page.off('destroyed', gone);
      this.#endPage(page);
    };
    page.on('did-navigate', gone);
    page.on('render-process-gone', gone);
    page.on('destroyed', gone);
    return ends;
  }
}

/** Sends what comes within one turn of the event loop together: a message per notice costs more than the notice. */
class Batch {
  readonly #send: (notices: unknown[]) => void;
  #waiting: unknown[] = [];
  #timer: NodeJS.Immediate | null = null;

  constructor(send: (notices: unknown[]) => void) {
    this.#send = send;
  }

  add(notice: unknown): void {
    this.#waiting.push(notice);
    this.#timer ??= setImmediate(() => {
      this.#timer = null;
      this.#send(this.#waiting.splice(0));
    });
  }

  drop(): void {
    if (this.#timer) clearImmediate(this.#timer);
    this.#timer = null;
    this.#waiting = [];
  }
}
