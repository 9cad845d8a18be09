import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'electron';
import type { Updater } from './updates.ts';

/**
 * The feed that a packaged app was made for; null where it was made for none, and cannot update itself: without that file
 * nobody would know whose signature an update must have.
 */
export function packedFeed(resourcesDir: string | undefined): string | null {
  const path = join(resourcesDir ?? '', 'app-update.yml');
  if (resourcesDir === undefined || !existsSync(path)) return null;
  return /^url:\s*['"]?([^\s'"]+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? null;
}

/**
 * electron-updater, loaded with the first look. It checks what it fetched: by the signature of the publisher on Windows and
 * macOS, and everywhere by the hash that the feed names.
 */
export async function electronUpdater(app: Pick<App, 'releaseSingleInstanceLock'>): Promise<Updater> {
  const { autoUpdater } = await import('electron-updater');
  autoUpdater.logger = null;
  autoUpdater.autoDownload = false;
  autoUpdater.autoInstallOnAppQuit = false;
  autoUpdater.disableWebInstaller = true;
  // Its errors come as rejections too; one without a listener would end the app.
  autoUpdater.on('error', () => {});
  return {
    async find(feed) {
      autoUpdater.setFeedURL({ provider: 'generic', url: feed });
      const checked = await autoUpdater.checkForUpdates();
      return checked?.isUpdateAvailable ? checked.updateInfo.version : null;
    },
    async fetch() {
      await autoUpdater.downloadUpdate();
    },
    install() {
      // The new version starts before this one has ended.
      app.releaseSingleInstanceLock();
      autoUpdater.quitAndInstall(true, true);
    },
  };
}
