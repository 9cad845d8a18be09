import type { OperationName } from './api.ts';

/**
 * Every key of the window. `where` groups them on the sheet; keys can be changed in the settings. `asks`: what it asks
 * for in the end, which not every device may.
 */
export const shortcuts = {
  palette: { keys: 'mod+k', where: 'Everywhere', text: 'Search and commands' },
  help: { keys: '?', where: 'Everywhere', text: 'All shortcuts' },
  newAgent: { keys: 'mod+shift+a', app: 'mod+n', where: 'Everywhere', text: 'New agent', asks: 'createProcess' },
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
  screen1: { keys: 'alt+1', app: 'mod+1', where: 'Go to by number', text: 'Screen 1: Now' },
  screen2: { keys: 'alt+2', app: 'mod+2', where: 'Go to by number', text: 'Screen 2: Agents' },
  screen3: { keys: 'alt+3', app: 'mod+3', where: 'Go to by number', text: 'Screen 3: Map' },
  screen4: { keys: 'alt+4', app: 'mod+4', where: 'Go to by number', text: 'Screen 4: Runs' },
  screen5: { keys: 'alt+5', app: 'mod+5', where: 'Go to by number', text: 'Screen 5: Inbox' },
  screen6: { keys: 'alt+6', app: 'mod+6', where: 'Go to by number', text: 'Screen 6: Schedule' },
  screen7: { keys: 'alt+7', app: 'mod+7', where: 'Go to by number', text: 'Screen 7: Memory' },
  screen8: { keys: 'alt+8', app: 'mod+8', where: 'Go to by number', text: 'Screen 8: Tools' },
  screen9: { keys: 'alt+9', app: 'mod+9', where: 'Go to by number', text: 'Screen 9: Costs' },
  openManifest: { keys: 'mod+o', where: 'Menu of the app', text: 'Open a .agent file' },
  resumeAll: { keys: 'mod+shift+.', where: 'Menu of the app', text: 'Resume all agents' },
  quit: { keys: 'mod+q', where: 'Menu of the app', text: 'Quit' },
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
  /** What it has in the app as well, as long as nobody changed its keys; browsers keep these for themselves. */
  app?: string;
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

/** The keys that it has in the app besides; null: none. */
export function appKeysOf(id: ShortcutId, changed: KeyMap): string | null {
  const { app }: Shortcut = shortcuts[id];
  return changed[id] === undefined && app !== undefined ? app : null;
}

function allKeysOf(id: ShortcutId, changed: KeyMap): string[] {
  return [keysOf(id, changed), appKeysOf(id, changed) ?? ''].filter((keys) => keys !== '');
}

const allIds = Object.keys(shortcuts) as ShortcutId[];
const everywhere = new Set<string>(['Everywhere', 'Go to', 'Go to by number', 'Menu of the app']);

/** Shortcuts of two places that are never on the screen together may have the same keys. */
function meets(one: ShortcutId, other: ShortcutId): boolean {
  const [a, b] = [shortcuts[one].where, shortcuts[other].where];
  return a === b || everywhere.has(a) || everywhere.has(b);
}

/** Keys for editing text and for the window itself, which the menu of the app and browsers have. */
const fixedKeys = new Set([
  ...['mod+c', 'mod+v', 'mod+x', 'mod+a', 'mod+w', 'mod+r', 'mod+shift+r', 'mod+m', 'mod+h', 'mod+0', 'mod+-'],
  ...['mod+=', 'mod++', 'mod+shift+i', 'f11'],
]);

/** Whether keys can be given to an action at all. */
export function areFree(keys: string): boolean {
  return !fixedKeys.has(keys);
}

/**
 * Gives an action its keys; left out: those that it has by itself. Whatever had them and can be meant at the same time
 * loses them, so that two never share one; `lost` names those.
 */
export function withKeys(changed: KeyMap, id: ShortcutId, keys?: string): { changed: KeyMap; lost: ShortcutId[] } {
  const { [id]: _old, ...others } = changed;
  const next: Record<string, string> = keys === undefined ? others : { ...others, [id]: keys };
  const wanted = allKeysOf(id, next);
  const lost = allIds.filter(
    (other) => other !== id && meets(id, other) && allKeysOf(other, next).some((one) => wanted.includes(one)),
  );
  for (const other of lost) next[other] = allKeysOf(other, next).find((one) => !wanted.includes(one)) ?? '';
  return { changed: next, lost };
}

const acceleratorParts: Record<string, string> = {
  ...{ mod: 'CmdOrCtrl', alt: 'Alt', shift: 'Shift', space: 'Space', enter: 'Enter', arrowup: 'Up' },
  ...{ arrowdown: 'Down', arrowleft: 'Left', arrowright: 'Right', '+': 'Plus' },
};

/** What the menu of the app says and listens to. Keys that people type with, and two after another, are left to the window. */
export function acceleratorOf(id: ShortcutId, changed: KeyMap): string | undefined {
  const keys = appKeysOf(id, changed) ?? keysOf(id, changed);
  if (!/^(?:(?:mod|alt)\+\S+|f\d+)$/.test(keys)) return undefined;
  const parts = keys.split(/\+(?!$)/);
  return parts.map((part) => acceleratorParts[part] ?? part.charAt(0).toUpperCase() + part.slice(1)).join('+');
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

/** Ids that have exactly this sequence of strokes, and whether a longer sequence begins with it. */
export function matching(strokes: string, changed: KeyMap): { ids: ShortcutId[]; longer: boolean } {
  return {
    ids: allIds.filter((id) => allKeysOf(id, changed).includes(strokes)),
    longer: allIds.some((id) => keysOf(id, changed).startsWith(`${strokes} `)),
  };
}
