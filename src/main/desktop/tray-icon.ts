import { join } from 'node:path';
import type { MenuItemConstructorOptions, Tray } from 'electron';
import type { CommandStates, DesktopCommands } from './commands.ts';
import type { ElectronParts } from './electron-parts.ts';
import { counted, whenText } from './glance.ts';
import { lifeItems, nodeItems } from './menu.ts';

export interface NodeSummary {
  /** Processes that are running. */
  running: number;
  /** Open inbox items. */
  needsYou: number;
  /** Processes that are suspended; left out: not known. */
  paused?: number;
  /** What keeps the whole node from its work; left out or null: nothing. */
  trouble?: string | null;
  /** Epoch milliseconds; null when nothing is planned. */
  nextFiringAt: number | null;
  /** What runs of today cost, by the day of this computer; left out: not known. */
  spentTodayUsd?: number;
}

/** What of the agents the tray names. */
export interface TrayAgents {
  /** To be run from here. */
  favourites: readonly string[];
  /** Whose waking is planned next. */
  next: string | null;
}

const noAgents: TrayAgents = { favourites: [], next: null };

/** The icon beside the clock. It says how the node fares and works without a window. */
export class TrayIcon {
  readonly #electron: Pick<ElectronParts, 'Menu' | 'nativeImage' | 'nativeTheme'>;
  readonly #tray: Tray;
  readonly #iconsDir: string;
  readonly #commands: DesktopCommands;
  readonly #themeChanged = () => this.#tray.setImage(this.#image());
  #look: TrayLook = { shape: 'works', needsYou: false };
  #shown = '';

  constructor(
    electron: Pick<ElectronParts, 'Menu' | 'nativeImage' | 'nativeTheme' | 'Tray'>,
    iconsDir: string,
    commands: DesktopCommands,
  ) {
    this.#electron = electron;
    this.#iconsDir = iconsDir;
    this.#commands = commands;
    this.#tray = new electron.Tray(this.#image());
    this.#tray.on('click', () => commands.show());
    electron.nativeTheme.on('updated', this.#themeChanged);
  }

  /** `summary` is null while the node is being opened. */
  update(summary: NodeSummary | null, states: CommandStates, now: number, agents: TrayAgents = noAgents): void {
    const lines = trayLines(summary, now, { next: agents.next, pausedUntil: states.pausedUntil });
    // A menu that is open closes when it is replaced, so it is replaced only when it says something else.
    const shown = JSON.stringify([lines, states, agents.favourites]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#look = trayLook(summary);
    this.#tray.setImage(this.#image());
    this.#tray.setToolTip(['Agent Runtime', ...lines].join('\n'));
    const template = trayTemplate({ lines, favourites: agents.favourites, commands: this.#commands, states });
    this.#tray.setContextMenu(this.#electron.Menu.buildFromTemplate(template));
  }

  destroy(): void {
    this.#electron.nativeTheme.off('updated', this.#themeChanged);
    this.#tray.destroy();
  }

  #image() {
    const name = trayImage(process.platform, this.#look, this.#electron.nativeTheme.shouldUseDarkColors);
    return this.#electron.nativeImage.createFromPath(join(this.#iconsDir, name));
  }
}

/** A shape of its own for each, since in many panels the icon has no colour. */
export interface TrayLook {
  /** `paused`: all of them rest. */
  shape: 'works' | 'paused' | 'trouble';
  /** With a dot. */
  needsYou: boolean;
}

export function trayLook(summary: NodeSummary | null): TrayLook {
  const { running = 0, needsYou = 0, paused = 0, trouble = null } = summary ?? {};
  const rests = paused > 0 && running === 0;
  return { shape: trouble !== null ? 'trouble' : rests ? 'paused' : 'works', needsYou: needsYou > 0 };
}

/** macOS paints templates by itself; elsewhere there is one drawing for light panels and one for dark ones. */
export function trayImage(platform: NodeJS.Platform, { shape, needsYou }: TrayLook, isDark: boolean): string {
  const name = `tray${shape === 'works' ? '' : `-${shape}`}${needsYou ? '-needs-you' : ''}`;
  if (platform === 'darwin') return `${name}Template.png`;
  return isDark ? `${name}-dark.png` : `${name}.png`;
}

export function trayLines(
  summary: NodeSummary | null,
  now: number,
  { next, pausedUntil }: { next: string | null; pausedUntil: number | null } = { next: null, pausedUntil: null },
): string[] {
  if (!summary) return ['Starting…'];
  const { running, needsYou, paused = 0, trouble = null, nextFiringAt, spentTodayUsd } = summary;
  const planned = nextFiringAt === null ? 'Nothing is planned' : `Next: ${whenText(nextFiringAt, now)}`;
  return [
    ...(trouble === null ? [] : [trouble]),
    running === 0 ? 'No agent is running' : `${counted(running, 'agent')} running`,
    needsYou === 0 ? 'Nothing waits for you' : `${counted(needsYou, 'thing')} ${needsYou === 1 ? 'needs' : 'need'} you`,
    ...(paused === 0 ? [] : [`${counted(paused, 'agent')} paused`]),
    nextFiringAt !== null && next ? `${planned}, ${next}` : planned,
    ...(spentTodayUsd === undefined ? [] : [`Spent today: $${spentTodayUsd.toFixed(2)}`]),
    ...(pausedUntil === null ? [] : [`Paused until ${whenText(pausedUntil, now)}`]),
  ];
}

interface TrayFacts {
  lines: readonly string[];
  favourites: readonly string[];
  commands: DesktopCommands;
  states: CommandStates;
}

function trayTemplate({ lines, favourites, commands, states }: TrayFacts): MenuItemConstructorOptions[] {
  const status = lines.map((label, index) => ({ id: `status-${index}`, label, enabled: false }));
  const runs = favourites.map((name) => ({ id: `run-${name}`, label: name, click: () => commands.runNow(name) }));
  return [
    ...status,
    { type: 'separator' },
    { id: 'open', label: 'Open Agent Runtime', click: () => commands.show() },
    { id: 'inbox', label: 'Open the inbox', click: () => commands.show('/inbox') },
    ...(runs.length > 0 ? [{ id: 'run-now', label: 'Run now', submenu: runs }] : []),
    { type: 'separator' },
    ...nodeItems(commands, states.keys),
    { type: 'separator' },
    ...lifeItems(commands, states),
    { type: 'separator' },
    { id: 'quit', label: 'Quit', click: commands.quit },
  ];
}
