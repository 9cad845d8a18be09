import { useEffect } from 'react';
import { useMay } from '../stores/access.tsx';
import { useShownNode } from '../stores/shown-node.tsx';
import { useRuntimeStore } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';

/** Tells the desktop app which keys were changed here, so that its menu shows and uses the same. */
export function useAppMenu(): void {
  const { bridge } = useRuntimeStore();
  const { home } = useShownNode();
  const isOurs = useMay()('setDesktopSettings') && bridge.kind === 'desktop';
  const keys = useWorkspace((state) => state.keys);
  useEffect(() => {
    // A node that does not answer is told when the window is opened the next time.
    if (isOurs) home.setDesktopSettings({ keys: { ...keys } }).catch(() => {});
  }, [isOurs, home, keys]);
}
