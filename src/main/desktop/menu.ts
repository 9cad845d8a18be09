import type { MenuItemConstructorOptions } from 'electron';
import { acceleratorOf, type KeyMap, type ShortcutId } from '../../shared/shortcuts.ts';
import type { CommandStates, DesktopCommands } from './commands.ts';

/** The screens of the window, in the order of its rail; the first nine each at its own Ctrl or Command digit. */
export const screens: readonly string[] = [
  'Now',
  'Agents',
  'Map',
  'Runs',
  'Inbox',
  'Schedule',
  'Memory',
  'Tools',
  'Costs',
  'Cluster',
  'Templates',
];

/** The keys of an action, as the person has them in the window. */
function keyed(id: ShortcutId, keys: KeyMap): Pick<MenuItemConstructorOptions, 'accelerator'> {
  const accelerator = acceleratorOf(id, keys);
  return accelerator === undefined ? {} : { accelerator };
}

/** The application menu, as a template. Ids are stable; tests and help texts name items by them. */
export function menuTemplate(
  commands: DesktopCommands,
  states: CommandStates,
  platform: NodeJS.Platform,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const { keys } = states;
  const settings: MenuItemConstructorOptions = {
    id: 'settings',
    label: 'Settings…',
    ...keyed('settings', keys),
    click: () => commands.show('/settings'),
  };
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const appMenu: MenuItemConstructorOptions = {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      separator,
      settings,
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      separator,
      { id: 'quit', label: 'Quit Agent Runtime', ...keyed('quit', keys), click: commands.quit },
    ],
  };
  const fileMenu: MenuItemConstructorOptions = {
    label: '&File',
    submenu: [
      { id: 'new-agent', label: 'New agent…', ...keyed('newAgent', keys), click: () => commands.show('/new') },
      { id: 'open-manifest', label: 'Open .agent file…', ...keyed('openManifest', keys), click: commands.openManifest },
      ...(isMac ? [] : [separator, settings]),
      separator,
      { role: 'close' },
      ...(isMac ? [] : [{ id: 'quit', label: 'Quit', ...keyed('quit', keys), click: commands.quit }]),
    ],
  };
  return [
    ...(isMac ? [appMenu] : []),
    fileMenu,
    { role: 'editMenu' },
    { label: '&View', submenu: viewItems(commands, keys) },
    { label: 'Agen&ts', submenu: [...nodeItems(commands, keys), separator, ...lifeItems(commands, states)] },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        { id: 'look-for-update', label: 'Check for updates…', click: commands.lookForUpdate },
        { id: 'save-diagnostics', label: 'Save diagnostics…', click: commands.saveDiagnostics },
      ],
    },
  ];
}

function viewItems(commands: DesktopCommands, keys: KeyMap): MenuItemConstructorOptions[] {
  const toScreens = screens.map((label, index) => ({
    id: `screen-${label.toLowerCase()}`,
    label,
    ...(index < 9 ? keyed(`screen${index + 1}` as ShortcutId, keys) : {}),
    click: () => commands.show(`/${label.toLowerCase()}`),
  }));
  return [
    ...toScreens,
    { type: 'separator' },
    { role: 'reload' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
    { role: 'toggleDevTools' },
  ];
}

export function nodeItems(commands: DesktopCommands, keys: KeyMap): MenuItemConstructorOptions[] {
  return [
    { id: 'pause-hour', label: 'Pause all agents for an hour', click: () => commands.pauseAll('hour') },
    { id: 'pause-today', label: 'Pause all agents for today', click: () => commands.pauseAll('today') },
    {
      id: 'pause-all',
      label: 'Pause all agents until I resume them',
      ...keyed('pauseAll', keys),
      click: () => commands.pauseAll('open'),
    },
    { id: 'resume-all', label: 'Resume all agents', ...keyed('resumeAll', keys), click: commands.resumeAll },
  ];
}

export function lifeItems(commands: DesktopCommands, states: CommandStates): MenuItemConstructorOptions[] {
  return [
    {
      id: 'keep-running',
      type: 'checkbox',
      label: 'Keep agents running when the window is closed',
      checked: states.keepRunning,
      click: (item) => commands.setKeepRunning(item.checked),
    },
    {
      id: 'start-at-login',
      type: 'checkbox',
      label: 'Start when I log in',
      checked: states.startAtLogin,
      click: (item) => commands.setStartAtLogin(item.checked),
    },
  ];
}
