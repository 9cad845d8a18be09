import {
  CalendarOff,
  CirclePlay,
  CircleStop,
  FlaskConical,
  FolderInput,
  FolderOpen,
  Keyboard,
  LogOut,
  type LucideIcon,
  MonitorCog,
  Moon,
  Pause,
  Play,
  Plus,
  Rows3,
  Sun,
  Trash2,
} from 'lucide-react';
import type { OperationName } from '../../shared/api.ts';
import { keysOf } from '../../shared/shortcuts.ts';
import { useAccess, useMay } from '../stores/access.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { act } from '../ui/use-action.ts';
import { hrefOf, navigate } from './route.ts';
import { screens } from './screens.ts';
import { usePauseAll } from './use-pause-all.ts';

export interface PaletteEntry {
  text: string;
  icon: LucideIcon;
  keys?: string | undefined;
  /** What it asks for in the end; left out where that is no question of who may. */
  asks?: OperationName;
  run: () => void;
}

/** What can be done from anywhere, by group. */
export function usePaletteCommands(
  onOpen: (overlay: 'help' | 'sign-out') => void,
): { group: string; entries: PaletteEntry[] }[] {
  const client = useClient();
  const keys = useWorkspace((state) => state.keys);
  const appear = useWorkspace((state) => state.appear);
  const density = useWorkspace((state) => state.appearance.density);
  const { paused, toggle } = usePauseAll();
  const may = useMay();
  const { device } = useAccess();
  const go = (href: string) => () => navigate(href);
  const groups: { group: string; entries: PaletteEntry[] }[] = [
    {
      group: 'Do',
      entries: [
        { text: 'New agent', icon: Plus, asks: 'createProcess', keys: keysOf('newAgent', keys), run: go('#/new') },
        {
          text: 'Load .agent files from a folder',
          icon: FolderInput,
          asks: 'loadManifests',
          run: go('#/templates?load=1'),
        },
        { text: 'Open a bundle of runs', icon: FolderOpen, run: go('#/runs/bundle') },
        {
          text: paused ? 'Resume all' : 'Pause all',
          asks: paused ? 'resumeAll' : 'pauseAll',
          icon: paused ? Play : Pause,
          keys: keysOf('pauseAll', keys),
          run: toggle,
        },
        {
          text: 'Try a tool by hand',
          asks: 'tryTool',
          icon: FlaskConical,
          run: go('#/tools/try'),
        },
        {
          text: 'Pause windows and forecast',
          icon: CalendarOff,
          run: go('#/schedule?show=plans'),
        },
        {
          text: 'Deleted agents (trash)',
          icon: Trash2,
          run: go('#/agents?show=trash'),
        },
        {
          text: 'Start all agents',
          asks: 'startAll',
          icon: CirclePlay,
          run: () => void act(() => client.startAll({}), { done: 'All agents start.' }),
        },
        {
          text: 'Stop all agents',
          asks: 'stopAll',
          icon: CircleStop,
          run: () => void act(() => client.stopAll({}), { done: 'All agents stop.', undo: () => client.startAll({}) }),
        },
      ],
    },
    {
      group: 'Go to',
      entries: screens.map(({ id, text, icon, shortcut }) => ({
        text,
        icon,
        keys: shortcut && keysOf(shortcut, keys),
        run: go(hrefOf([id])),
      })),
    },
    {
      group: 'Window',
      entries: [
        { text: 'Light theme', icon: Sun, run: () => appear({ theme: 'light' }) },
        { text: 'Dark theme', icon: Moon, run: () => appear({ theme: 'dark' }) },
        { text: 'Theme of the system', icon: MonitorCog, run: () => appear({ theme: 'system' }) },
        {
          text: density === 'compact' ? 'Comfortable rows' : 'Compact rows',
          icon: Rows3,
          run: () => appear({ density: density === 'compact' ? 'comfortable' : 'compact' }),
        },
        { text: 'All shortcuts', icon: Keyboard, keys: keysOf('help', keys), run: () => onOpen('help') },
        ...(device === null ? [] : [{ text: 'Sign out this device', icon: LogOut, run: () => onOpen('sign-out') }]),
      ],
    },
  ];
  return groups.map(({ group, entries }) => ({
    group,
    entries: entries.filter(({ asks }) => asks === undefined || may(asks)),
  }));
}
