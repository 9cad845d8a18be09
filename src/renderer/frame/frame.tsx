import { type ReactNode, useState } from 'react';
import { useWorkspace } from '../stores/workspace-store.ts';
import { BottomBar } from './bottom-bar.tsx';
import { CommandPalette } from './command-palette.tsx';
import { ConnectionBanner, NodeBanner } from './connection-banner.tsx';
import { DeviceBar } from './device-bar.tsx';
import { Rail } from './rail.tsx';
import { hrefOf, navigate } from './route.ts';
import { screens } from './screens.ts';
import { ShortcutSheet } from './shortcut-sheet.tsx';
import { SignOut } from './sign-out.tsx';
import { StatusLine } from './status-line.tsx';
import { TopBar } from './top-bar.tsx';
import { useAppMenu } from './use-app-menu.ts';
import { usePauseAll } from './use-pause-all.ts';
import { useSeen } from './use-seen.ts';
import { type Answers, useShortcuts } from './use-shortcuts.tsx';

type Overlay = 'none' | 'palette' | 'help' | 'sign-out';

/** What stays while screens change: rail, top bar, status line, and the keys that work everywhere. */
export function Frame({ children }: { children: ReactNode }) {
  const [overlay, setOverlay] = useState<Overlay>('none');
  const close = () => setOverlay('none');
  useSeen();
  useAppMenu();
  // Drawn again with it, so that numbers and times in the bars are written as those of the screen.
  useWorkspace((state) => state.region);
  useShortcuts(useFrameKeys(setOverlay));
  return (
    <div className="flex h-full bg-canvas">
      <button
        type="button"
        onClick={() => document.getElementById('main')?.focus()}
        className="sr-only z-60 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to the screen
      </button>
      <Rail />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar onSearch={() => setOverlay('palette')} onHelp={() => setOverlay('help')} />
        <ConnectionBanner />
        <NodeBanner />
        <DeviceBar onSignOut={() => setOverlay('sign-out')} />
        <main id="main" tabIndex={-1} className="min-h-0 flex-1 overflow-hidden">
          {children}
        </main>
        <StatusLine />
        <BottomBar />
      </div>
      {overlay === 'palette' && <CommandPalette onClose={close} onOpen={setOverlay} />}
      {overlay === 'sign-out' && <SignOut onClose={close} />}
      {overlay === 'help' && <ShortcutSheet onClose={close} />}
    </div>
  );
}

function useFrameKeys(setOverlay: (overlay: Overlay) => void): Answers {
  const { toggle } = usePauseAll();
  const collapsed = useWorkspace((state) => state.railCollapsed);
  const arrange = useWorkspace((state) => state.arrange);
  const go = (id: string) => () => navigate(hrefOf([id]));
  return {
    palette: () => setOverlay('palette'),
    help: () => setOverlay('help'),
    newAgent: () => navigate('#/new'),
    pauseAll: toggle,
    toggleRail: () => arrange({ railCollapsed: !collapsed }),
    ...Object.fromEntries(screens.slice(0, 9).map(({ id }, index) => [`screen${index + 1}`, go(id)])),
    back: () => (window.location.hash.split('/').length > 2 ? window.history.back() : false),
    ...Object.fromEntries(screens.flatMap(({ id, shortcut }) => (shortcut ? [[shortcut, go(id)]] : []))),
  };
}
