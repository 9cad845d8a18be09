import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { connect } from './bridge/connect.ts';
import { createDraftStore, DraftContext } from './design/draft-store.ts';
import { SignIn } from './sign-in.tsx';
import { createReads } from './stores/reads.ts';
import { createRuntimeStore } from './stores/runtime-store.ts';
import { RuntimeContext } from './stores/use-runtime.ts';
import { createWorkspaceStore, WorkspaceContext } from './stores/workspace-store.ts';
import { createTicker, TickerContext } from './ui/use-now.ts';

/** Finds the runtime of this window and draws what it holds. */
export async function openWindow(place: HTMLElement): Promise<void> {
  const root = createRoot(place);
  const connecting = await connect(window);
  if (!connecting.ok) {
    root.render(<SignIn reason={connecting.reason} />);
    return;
  }
  const store = createRuntimeStore(connecting.bridge);
  const reads = createReads();
  const workspace = createWorkspaceStore(() => window.localStorage);
  const drafts = createDraftStore();
  const ticker = createTicker();
  store.onStale((topics) => reads.makeOld(topics));
  store.start();
  root.render(
    <RuntimeContext value={{ store, reads }}>
      <WorkspaceContext value={workspace}>
        <DraftContext value={drafts}>
          <TickerContext value={ticker}>
            <App />
          </TickerContext>
        </DraftContext>
      </WorkspaceContext>
    </RuntimeContext>,
  );
}
