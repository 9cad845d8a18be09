import {
  Activity,
  Bot,
  Brain,
  CalendarClock,
  CircleDollarSign,
  Inbox,
  LayoutTemplate,
  ListTree,
  type LucideIcon,
  Network,
  Settings,
  Share2,
  Wrench,
} from 'lucide-react';
import type { ShortcutId } from '../../shared/shortcuts.ts';

export interface ScreenEntry {
  id: string;
  text: string;
  icon: LucideIcon;
  shortcut?: ShortcutId;
  /** Stands in the bar at the bottom of a narrow window. */
  narrow?: boolean;
}

/** The places of the window, in the order of the rail. */
export const screens: readonly ScreenEntry[] = [
  { id: 'now', text: 'Now', icon: Activity, shortcut: 'goNow', narrow: true },
  { id: 'agents', text: 'Agents', icon: Bot, shortcut: 'goAgents', narrow: true },
  { id: 'map', text: 'Map', icon: Network, shortcut: 'goMap' },
  { id: 'runs', text: 'Runs', icon: ListTree, shortcut: 'goRuns', narrow: true },
  { id: 'inbox', text: 'Inbox', icon: Inbox, shortcut: 'goInbox', narrow: true },
  { id: 'schedule', text: 'Schedule', icon: CalendarClock, shortcut: 'goSchedule' },
  { id: 'memory', text: 'Memory', icon: Brain, shortcut: 'goMemory' },
  { id: 'tools', text: 'Tools', icon: Wrench, shortcut: 'goTools' },
  { id: 'costs', text: 'Costs', icon: CircleDollarSign, shortcut: 'goCosts' },
  { id: 'cluster', text: 'Cluster', icon: Share2, shortcut: 'goCluster' },
  { id: 'templates', text: 'Templates', icon: LayoutTemplate, shortcut: 'goTemplates' },
  { id: 'settings', text: 'Settings', icon: Settings, shortcut: 'settings' },
];
