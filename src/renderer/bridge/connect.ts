import type { Bridge as DesktopApi } from '../../shared/bridge.ts';
import { asError } from '../../shared/errors.ts';
import type { Bridge } from './bridge.ts';
import { browserBridge } from './browser-bridge.ts';
import { desktopBridge } from './desktop-bridge.ts';
import { openSession } from './session.ts';

/** `to`: the runtime of a node of the cluster, by id; null: the one of this window. */
export type Connecting = { ok: true; to: (node: string | null) => Bridge } | { ok: false; reason: string };

/** Finds the runtime of this window: the preload's in Electron, else the node that served the page. */
export async function connect(page: Window): Promise<Connecting> {
  const desktop = (page as Window & { agentRuntime?: DesktopApi }).agentRuntime;
  if (desktop) return { ok: true, to: (node) => desktopBridge(desktop, node) };
  try {
    const session = await openSession(page);
    if (session.token() === null) return { ok: false, reason: '' };
    return { ok: true, to: (node) => browserBridge(session, node) };
  } catch (thrown) {
    return { ok: false, reason: asError(thrown).message };
  }
}
