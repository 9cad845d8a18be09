import type { OperationName } from './api.ts';

/**
 * Every key of the window. `where` groups them on the sheet; keys can be changed in the settings. `asks`: what it asks
 * for in the end, which not every device may.
 */
export const shortcuts = {
  palette: { keys: 'mod+k', where: 'Everywhere', text: 'Search and commands' },
  help: { keys: '?', where: 'Everywhere', text: 'All shortcuts' },
  newAgent: {
    keys: 'mod+shift+a',
    where: 'Everywhere',
    text: 'New agent; in the app also Ctrl or ⌘ and N',
    asks: 'createProcess',
  },
  pauseAll: { keys: 'mod+.', where: 'Everywhere', text: 'Pause all, or resume all', asks: 'pauseAll' },
  settings: { keys: 'mod+,', where: 'Everywhere', text: 'Settings' },
  toggleRail: { keys: 'mod+b', where: 'Everywhere', text: 'Fold the rail' },
  back: { keys: 'escape', where: 'Everywhere', text: 'Back, or close' },
  goNow: { keys: 'g n', where: 'Go to', text: 'Now' },
  goAgents: { keys: 'g a', where: 'Go to', text: 'Agents' },
  goMap: { keys: 'g m', where: 'Go to', text: 'Map' },
  goRuns: { keys: 'g r', where: 'Go to', text: 'Runs' },
  goInbox: { keys: 'g i', where: 'Go to', text: 'Inbox' },
  goSchedule: { keys: 'g s', where: 'Go to', text: 'Schedule' },
  goCosts: { keys: 'g c', where: 'Go to', text: 'Costs' },
  goMemory: { keys: 'g y', where: 'Go to', text: 'Memory' },
  goCluster: { keys: 'g u', where: 'Go to', text: 'Cluster' },
  goTools: { keys: 'g o', where: 'Go to', text: 'Tools' },
  goTemplates: { keys: 'g t', where: 'Go to', text: 'Templates' },
  screen1: { keys: 'alt+1', where: 'Go to by number', text: 'Screen 1: Now' },
  screen2: { keys: 'alt+2', where: 'Go to by number', text: 'Screen 2: Agents' },
  screen3: { keys: 'alt+3', where: 'Go to by number', text: 'Screen 3: Map' },
  screen4: { keys: 'alt+4', where: 'Go to by number', text: 'Screen 4: Runs' },
  screen5: { keys: 'alt+5', where: 'Go to by number', text: 'Screen 5: Inbox' },
  screen6: { keys: 'alt+6', where: 'Go to by number', text: 'Screen 6: Schedule' },
  screen7: { keys: 'alt+7', where: 'Go to by number', text: 'Screen 7: Memory' },
  screen8: { keys: 'alt+8', where: 'Go to by number', text: 'Screen 8: Tools' },
  screen9: { keys: 'alt+9', where: 'Go to by number', text: 'Screen 9: Costs' },
  search: { keys: '/', where: 'Lists', text: 'Search in the list' },
  down: { keys: 'j', where: 'Lists', text: 'Down' },
  up: { keys: 'k', where: 'Lists', text: 'Up' },
  open: { keys: 'enter', where: 'Lists', text: 'Open' },
  select: { keys: 'x', where: 'Lists', text: 'Select' },
  selectRange: { keys: 'shift+x', where: 'Lists', text: 'Select as far as here' },
  filter: { keys: 'f', where: 'Lists', text: 'Next filter' },
  pick1: { keys: '1', where: 'Filters and choices', text: 'Filter or choice 1' },
  pick2: { keys: '2', where: 'Filters and choices', text: 'Filter or choice 2' },
  pick3: { keys: '3', where: 'Filters and choices', text: 'Filter or choice 3' },
  pick4: { keys: '4', where: 'Filters and choices', text: 'Filter or choice 4' },
  pick5: { keys: '5', where: 'Filters and choices', text: 'Filter or choice 5' },
  pick6: { keys: '6', where: 'Filters and choices', text: 'Filter or choice 6' },
  pick7: { keys: '7', where: 'Filters and choices', text: 'Filter or choice 7' },
  pick8: { keys: '8', where: 'Filters and choices', text: 'Filter or choice 8' },
  pick9: { keys: '9', where: 'Filters and choices', text: 'Filter or choice 9' },
  peek: { keys: 'o', where: 'Agents', text: 'Open or close the drawer' },
  startStop: { keys: 'space', where: 'Agents', text: 'Start or stop', asks: 'startProcess' },
  run: { keys: 'r', where: 'Agents', text: 'Run now', asks: 'wakeProcess' },
  suspend: { keys: 's', where: 'Agents', text: 'Suspend or resume', asks: 'suspendProcess' },
  restart: { keys: 'shift+r', where: 'Agents', text: 'Restart', asks: 'restartProcess' },
  logs: { keys: 'l', where: 'Agents', text: 'Journal' },
  edit: { keys: 'e', where: 'Agents', text: 'Design' },
  yaml: { keys: 'y', where: 'Agents', text: 'Manifest' },
  apply: { keys: 'mod+enter', where: 'Editing', text: 'Apply or confirm' },
  undo: { keys: 'mod+z', where: 'Editing', text: 'Undo' },
  redo: { keys: 'mod+shift+z', where: 'Editing', text: 'Redo' },
  overview: { keys: 'o', where: 'Run', text: 'Overview' },
  inputOutput: { keys: 'i', where: 'Run', text: 'Input and output' },
  writes: { keys: 'c', where: 'Run', text: 'What it changed' },
  timeline: { keys: 't', where: 'Run', text: 'Timeline' },
  trigger: { keys: 'w', where: 'Run', text: 'What woke it' },
  fork: { keys: 'b', where: 'Run', text: 'Fork at the step', asks: 'forkRun' },
  note: { keys: 'n', where: 'Run', text: 'Note', asks: 'noteRun' },
  redeliver: { keys: 'r', where: 'Run', text: 'Redeliver; in the list of runs as well', asks: 'redeliver' },
  approve: { keys: 'e', where: 'Inbox', text: 'Approve, or the first choice', asks: 'answerInboxItem' },
  editApprove: { keys: 'shift+e', where: 'Inbox', text: 'Edit, then approve', asks: 'answerInboxItem' },
  deny: { keys: 'd', where: 'Inbox', text: 'Deny, or the last choice', asks: 'answerInboxItem' },
  always: { keys: 'a', where: 'Inbox', text: 'Always allow', asks: 'answerInboxItem' },
  reply: { keys: 'r', where: 'Inbox', text: 'Reply, or write to the agent', asks: 'answerInboxItem' },
  snooze: { keys: 'z', where: 'Inbox', text: 'Snooze until a time', asks: 'snoozeInboxItem' },
} as const satisfies Record<string, Shortcut>;

interface Shortcut {
  keys: string;
  where: string;
  text: string;
  asks?: OperationName;
}

export type ShortcutId = keyof typeof shortcuts;
export type KeyMap = Readonly<Record<string, string>>;

export function askedBy(id: ShortcutId): OperationName | undefined {
  const { asks }: Shortcut = shortcuts[id];
  return asks;
}

export function keysOf(id: ShortcutId, changed: KeyMap): string {
  return changed[id] ?? shortcuts[id].keys;
}

interface Stroke {
  key: string;
  /** The place of the key; digits are known by it, since Alt makes other characters of them on some keyboards. */
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** A key press as the table writes it: `mod+shift+z`, `?`, `space`. Shift counts only where it does not make the character. */
export function strokeOf({ key, code = '', ctrlKey, metaKey, altKey, shiftKey }: Stroke): string {
  const digit = altKey || ctrlKey || metaKey ? /^Digit(\d)$/.exec(code)?.[1] : undefined;
  const name = digit ?? (key === ' ' ? 'space' : key.toLowerCase());
  const parts: string[] = [];
  if (ctrlKey || metaKey) parts.push('mod');
  if (altKey) parts.push('alt');
  const madeByShift = name.length === 1 && name === name.toUpperCase();
  if (shiftKey && !madeByShift) parts.push('shift');
  return [...parts, name].join('+');
}

/** Ids whose keys are exactly this sequence of strokes, and whether a longer sequence begins with it. */
export function matching(strokes: string, changed: KeyMap): { ids: ShortcutId[]; longer: boolean } {
  const all = Object.keys(shortcuts) as ShortcutId[];
  return {
    ids: all.filter((id) => keysOf(id, changed) === strokes),
    longer: all.some((id) => keysOf(id, changed).startsWith(`${strokes} `)),
  };
}
