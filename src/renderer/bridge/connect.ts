import type { Scope } from '../../shared/api.ts';
import type { Bridge as DesktopApi } from '../../shared/bridge.ts';
import { asError, RuntimeError } from '../../shared/errors.ts';
import type { Bridge } from './bridge.ts';
import { browserBridge } from './browser-bridge.ts';
import { desktopBridge } from './desktop-bridge.ts';
import { askStanding, endStanding, openSession, type Session, type Standing } from './session.ts';

/** What this window may do: all of it on the computer of the node, less on a device that was let in. */
export interface Access {
  scope: Scope;
  /** What the device is called at the node; null: this is its own computer. */
  device: string | null;
}

/**
 * `to`: the runtime of a node of the cluster, by id; null: the one of this window. `signOut` ends the session at the node,
 * and forgets what let this page in.
 */
export type Connecting =
  | { ok: true; to: (node: string | null) => Bridge; access: Access; signOut: () => Promise<void> }
  | { ok: false; reason: string; isDevice: boolean };

type Waiting = (device: NonNullable<Standing['device']>) => void;

const atHome: Access = { scope: 'admin', device: null };
/** How often a device asks whether a person has let it in. */
const askEveryMs = 1_000;

/**
 * Finds the runtime of this window: the preload's in Electron, else the node that served the page. Where a person has to
 * let this device in first, `onWaiting` is told what to show until then.
 */
export async function connect(page: Window, onWaiting: Waiting): Promise<Connecting> {
  const desktop = (page as Window & { agentRuntime?: DesktopApi }).agentRuntime;
  if (desktop) return { ok: true, to: (node) => desktopBridge(desktop, node), access: atHome, signOut: async () => {} };
  try {
    const session = await openSession(page);
    if (session.token() === null) return { ok: false, reason: '', isDevice: await isForDevices(page) };
    const access = await accessOf(page, session, onWaiting);
    const signOut = async () => {
      await endStanding(page, session.token());
      session.end();
    };
    return { ok: true, to: (node) => browserBridge(session, node), access, signOut };
  } catch (thrown) {
    return { ok: false, reason: asError(thrown).message, isDevice: await isForDevices(page) };
  }
}

/** Asks until a person has decided. @throws RuntimeError `DEVICE_UNKNOWN` where it was sent away. */
async function accessOf(page: Window, session: Session, onWaiting: Waiting): Promise<Access> {
  for (let waited = false; ; waited = true) {
    try {
      const { state, scope, device } = await askStanding(page, session.token());
      if (state === 'active') return { scope, device: device?.name ?? null };
      if (device && !waited) onWaiting(device);
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError)) {
        // The line is down for a moment.
        if (!waited) throw thrown;
      } else if (thrown.code === 'DEVICE_UNKNOWN' || thrown.code === 'TOKEN_INVALID') {
        session.end();
        throw waited ? new RuntimeError(thrown.code, 'This device was not let in at the computer.') : thrown;
      } else throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}

/** Whether the page came from the door for devices, which says so to who has no token. */
async function isForDevices(page: Window): Promise<boolean> {
  return askStanding(page, null).then(
    () => false,
    (thrown: unknown) => thrown instanceof RuntimeError && thrown.code === 'DEVICE_UNKNOWN',
  );
}
