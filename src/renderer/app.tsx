import { lazy, type ReactNode, Suspense } from 'react';
import { AgentScreen } from './agent/agent-screen.tsx';
import { AgentsScreen } from './agents/agents-screen.tsx';
import { ClusterScreen } from './cluster/cluster-screen.tsx';
import { CostsScreen } from './costs/costs-screen.tsx';
import { ErrorFence } from './frame/error-fence.tsx';
import { Frame } from './frame/frame.tsx';
import { Nowhere } from './frame/nowhere.tsx';
import { useRoute } from './frame/route.ts';
import { useAppearance } from './frame/use-appearance.ts';
import { useDroppedManifest } from './frame/use-dropped-manifest.ts';
import { ShortcutProvider } from './frame/use-shortcuts.tsx';
import { InboxScreen } from './inbox/inbox-screen.tsx';
import { MemoryScreen } from './memory/memory-screen.tsx';
import { NowScreen } from './now/now-screen.tsx';
import { PairDevice } from './pair-device.tsx';
import { BundleScreen } from './runs/bundle-screen.tsx';
import { CompareScreen } from './runs/compare-screen.tsx';
import { RunScreen } from './runs/run-screen.tsx';
import { RunsScreen } from './runs/runs-screen.tsx';
import { ScheduleScreen } from './schedule/schedule-screen.tsx';
import { SettingsScreen } from './settings/settings-screen.tsx';
import { SignIn } from './sign-in.tsx';
import { Allowed, useAccess } from './stores/access.tsx';
import { useRuntime } from './stores/use-runtime.ts';
import { TemplatesScreen } from './templates/templates-screen.tsx';
import { Loading } from './ui/notes.tsx';
import { TipProvider } from './ui/tip.tsx';
import { Toaster } from './ui/toaster.tsx';

const MapScreen = lazy(() => import('./map/map-screen.tsx').then(({ MapScreen }) => ({ default: MapScreen })));
const ToolsScreen = lazy(() =>
  import('./tools/tools-screen.tsx').then(({ ToolsScreen }) => ({ default: ToolsScreen })),
);
const NewAgentScreen = lazy(() =>
  import('./design/new-agent-screen.tsx').then(({ NewAgentScreen }) => ({ default: NewAgentScreen })),
);

/** The window: its frame and the screen its address names. */
export function App() {
  useAppearance();
  useDroppedManifest();
  const denied = useRuntime((state) => state.connection.state === 'denied');
  const { device } = useAccess();
  if (denied && device !== null) return <PairDevice reason="This device is let in no longer." />;
  if (denied) return <SignIn reason="The session of this tab has ended." />;
  return (
    <TipProvider>
      <ShortcutProvider>
        <Frame>
          <Suspense
            fallback={
              <div className="p-6">
                <Loading rows={6} />
              </div>
            }
          >
            <CurrentScreen />
          </Suspense>
        </Frame>
        <Toaster />
      </ShortcutProvider>
    </TipProvider>
  );
}

function CurrentScreen() {
  const { parts, query } = useRoute();
  // Going from one inbox item to the next leaves the list as it is.
  const place = parts[0] === 'inbox' ? 'inbox' : parts.slice(0, 2).join('/');
  return <ErrorFence key={place}>{screenOf(parts, query)}</ErrorFence>;
}

/** Nothing on these screens but what is changed at the computer itself. */
const changing = (screen: ReactNode) => (
  <Allowed asks="updateProcess" quiet>
    {screen}
  </Allowed>
);

function screenOf(parts: readonly string[], query: Record<string, string>) {
  const [screen = 'now', first, second, third, fourth, fifth] = parts;
  switch (screen) {
    case 'now':
      return <NowScreen />;
    case 'agents':
      if (first === undefined) return <AgentsScreen query={query} />;
      if (second === 'runs' && third !== undefined) {
        return fourth === 'compare' && fifth !== undefined ? (
          <CompareScreen id={third} other={fifth} />
        ) : (
          <RunScreen key={third} id={third} />
        );
      }
      return <AgentScreen key={first} name={first} tab={second ?? 'overview'} />;
    case 'map':
      return <MapScreen />;
    case 'runs':
      if (first === 'bundle') return <BundleScreen />;
      return first === undefined ? <RunsScreen query={query} /> : <RunScreen key={first} id={first} />;
    case 'inbox':
      return <InboxScreen selected={first} query={query} />;
    case 'schedule':
      return <ScheduleScreen query={query} />;
    case 'memory':
      return <MemoryScreen query={query} />;
    case 'cluster':
      return changing(<ClusterScreen query={query} />);
    case 'costs':
      return <CostsScreen query={query} />;
    case 'tools':
      return changing(<ToolsScreen tab={first ?? 'servers'} query={query} />);
    case 'templates':
      return changing(<TemplatesScreen selected={first} query={query} />);
    case 'settings':
      return <SettingsScreen section={first ?? 'appearance'} />;
    case 'new':
      return changing(<NewAgentScreen query={query} />);
    default:
      return <Nowhere />;
  }
}
