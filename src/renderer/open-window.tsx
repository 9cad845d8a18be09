import { createRoot } from 'react-dom/client';
import { clientOf } from '../shared/api.ts';
import { App } from './app.tsx';
import type { Bridge } from './bridge/bridge.ts';
import { connect } from './bridge/connect.ts';
import { codeIn } from './bridge/session.ts';
import { createDraftStore, DraftContext } from './design/draft-store.ts';
import { PairDevice, WaitingDevice } from './pair-device.tsx';
import { SignIn } from './sign-in.tsx';
import { AccessContext } from './stores/access.tsx';
import { createReads } from './stores/reads.ts';
import { createRuntimeStore } from './stores/runtime-store.ts';
import { ShownNodeContext } from './stores/shown-node.tsx';
import { RuntimeContext } from './stores/use-runtime.ts';
import { createWorkspaceStore, type Workspace, WorkspaceContext } from './stores/workspace-store.ts';
import { showRegion } from './ui/region.ts';
import { createTicker, TickerContext } from './ui/use-now.ts';

/** Kept for the tab: another tab may look at another node. */
const nodeKey = 'agent-runtime.node';

/** Finds the runtime of this window and draws what it holds, or what another node of its cluster holds. */
export async function openWindow(place: HTMLElement): Promise<void> {
  const root = createRoot(place);
  // The address with a new code, opened in a tab that is here already, changes only what follows the #.
  window.addEventListener('hashchange', () => {
    const { code, pair } = codeIn(window.location.hash);
    if (code !== null || pair !== null) window.location.reload();
  });
  const connecting = await connect(window, (device) => root.render(<WaitingDevice {...device} />));
  if (!connecting.ok) {
    const { reason, isDevice } = connecting;
    root.render(isDevice ? <PairDevice reason={reason} /> : <SignIn reason={reason} />);
    return;
  }
  const { to, access } = connecting;
  const signOut = async () => {
    await connecting.signOut();
    stop();
    root.render(<PairDevice reason="" said="You are signed out. Nothing of the window is kept on this device." />);
    // Only once nothing is drawn any more that would write it again.
    window.localStorage.clear();
    window.sessionStorage.clear();
    window.history.replaceState(null, '', window.location.pathname);
  };
  const clientTo = (node: string | null) => {
    const bridge = to(node);
    return clientOf((name, input) => bridge.call(name, input));
  };
  const home = clientTo(null);
  const workspace = createWorkspaceStore(() => window.localStorage);
  // Before anything is drawn, so that the first time that is written is written so.
  const showIts = ({ region }: Workspace) => showRegion(document.documentElement, region);
  showIts(workspace.getState());
  workspace.subscribe(showIts);
  const ticker = createTicker();
  let stop = () => {};

  function show(node: string | null): void {
    stop();
    const { store, reads } = started(to(node), (end) => {
      stop = end;
    });
    const choose = (next: string | null) => {
      if (next === node) return;
      if (next === null) window.sessionStorage.removeItem(nodeKey);
      else window.sessionStorage.setItem(nodeKey, next);
      show(next);
    };
    root.render(
      <ShownNodeContext key={node} value={{ node, choose, home, clientTo }}>
        <RuntimeContext value={{ store, reads }}>
          <WorkspaceContext value={workspace}>
            <DraftContext value={createDraftStore()}>
              <TickerContext value={ticker}>
                <AccessContext value={{ ...access, signOut }}>
                  <App />
                </AccessContext>
              </TickerContext>
            </DraftContext>
          </WorkspaceContext>
        </RuntimeContext>
      </ShownNodeContext>,
    );
  }
  show(window.sessionStorage.getItem(nodeKey));
}

function started(bridge: Bridge, onEnd: (end: () => void) => void) {
  const store = createRuntimeStore(bridge);
  const reads = createReads();
  const deaf = store.onStale((topics) => reads.makeOld(topics));
  const end = store.start();
  onEnd(() => {
    deaf();
    end();
  });
  return { store, reads };
}
