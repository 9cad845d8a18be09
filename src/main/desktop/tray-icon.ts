import { join } from 'node:path';
import type { MenuItemConstructorOptions, Tray } from 'electron';
import type { CommandStates, DesktopCommands } from './commands.ts';
import type { ElectronParts } from './electron-parts.ts';
import { lifeItems, nodeItems } from './menu.ts';

export interface NodeSummary {
  /** Processes that are running. */
  running: number;
  /** Open inbox items. */
  needsYou: number;
  /** Epoch milliseconds; null when nothing is planned. */
  nextFiringAt: number | null;
}

/** The icon beside the clock. It says how the node fares and works without a window. */
export class TrayIcon {
  readonly #electron: Pick<ElectronParts, 'Menu' | 'nativeImage'>;
  readonly #tray: Tray;
  readonly #iconsDir: string;
  readonly #commands: DesktopCommands;
  #shown = '';

  constructor(
    electron: Pick<ElectronParts, 'Menu' | 'nativeImage' | 'Tray'>,
    iconsDir: string,
    commands: DesktopCommands,
  ) {
    this.#electron = electron;
    this.#iconsDir = iconsDir;
    this.#commands = commands;
    this.#tray = new electron.Tray(this.#image(false));
    this.#tray.on('click', () => commands.show());
  }

  /** `summary` is null while the node is being opened. */
  update(summary: NodeSummary | null, states: CommandStates, now: number): void {
    const lines = trayLines(summary, now);
    // A menu that is open closes when it is replaced, so it is replaced only when it says something else.
    const shown = JSON.stringify([lines, states]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#tray.setImage(this.#image((summary?.needsYou ?? 0) > 0));
    this.#tray.setToolTip(['Agent Runtime', ...lines].join('\n'));
    this.#tray.setContextMenu(this.#electron.Menu.buildFromTemplate(trayTemplate(lines, this.#commands, states)));
  }

  destroy(): void {
    this.#tray.destroy();
  }

  #image(needsYou: boolean) {
    const ending = process.platform === 'darwin' ? 'Template.png' : '.png';
    const name = needsYou ? 'tray-needs-you' : 'tray';
    return this.#electron.nativeImage.createFromPath(join(this.#iconsDir, name + ending));
  }
}

export function trayLines(summary: NodeSummary | null, now: number): string[] {
  if (!summary) return ['Starting…'];
  const { running, needsYou, nextFiringAt } = summary;
  return [
    running === 0 ? 'No agent is running' : `${counted(running, 'agent')} running`,
    needsYou === 0 ? 'Nothing waits for you' : `${counted(needsYou, 'thing')} ${needsYou === 1 ? 'needs' : 'need'} you`,
    nextFiringAt === null ? 'Nothing is planned' : `Next: ${whenText(nextFiringAt, now)}`,
  ];
}

function trayTemplate(lines: string[], commands: DesktopCommands, states: CommandStates): MenuItemConstructorOptions[] {
  const status = lines.map((label, index) => ({ id: `status-${index}`, label, enabled: false }));
  return [
    ...status,
    { type: 'separator' },
    { id: 'open', label: 'Open Agent Runtime', click: () => commands.show() },
    { id: 'inbox', label: 'Open the inbox', click: () => commands.show('/inbox') },
    { type: 'separator' },
    ...nodeItems(commands),
    { type: 'separator' },
    ...lifeItems(commands, states),
    { type: 'separator' },
    { id: 'quit', label: 'Quit', click: commands.quit },
  ];
}

const counted = (count: number, thing: string) => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** The time alone for today, with the day for later ones. */
function whenText(at: number, now: number): string {
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return new Date(at).toLocaleString(
    [],
    isToday ? time : { weekday: 'short', day: 'numeric', month: 'short', ...time },
  );
}
