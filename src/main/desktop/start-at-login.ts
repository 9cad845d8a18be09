import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { App } from 'electron';

/**
 * Whether the app starts, without a window, when the person logs in. Electron knows how on macOS and Windows; elsewhere
 * a file in the autostart folder says it (XDG Desktop Application Autostart specification).
 */
export function setStartAtLogin(app: App, isOn: boolean, platform = process.platform, env = process.env): void {
  if (platform === 'darwin' || platform === 'win32') {
    app.setLoginItemSettings({ openAtLogin: isOn, args: ['--hidden'] });
    return;
  }
  const path = join(
    env['XDG_CONFIG_HOME'] ?? join(app.getPath('home'), '.config'),
    'autostart',
    'agent-runtime.desktop',
  );
  if (!isOn) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  // An AppImage runs from a mount that changes with each start; the file itself is named by APPIMAGE.
  writeFileSync(path, autostartEntry(env['APPIMAGE'] ?? app.getPath('exe')));
}

/**
 * Exec quoting as the Desktop Entry specification has it: in double quotes, with `"`, `` ` ``, `$` and `\` escaped, and
 * every backslash doubled once more, as in any string of such a file.
 */
export function autostartEntry(executable: string): string {
  const quoted = executable
    .replace(/["`$\\]/g, '\\$&')
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%');
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Agent Runtime',
    `Exec="${quoted}" --hidden`,
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}
