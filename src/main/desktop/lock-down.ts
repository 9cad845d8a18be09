import type { ElectronParts } from './electron-parts.ts';

/**
 * Takes from every page what ours do not need: other windows, other places, embedded pages, permissions, and downloads
 * other than what one of our own pages has made. `isOurs` tells our own pages from the rest of the world; links into
 * that world go to `offerLink`.
 */
export function lockDown(
  { app, session }: Pick<ElectronParts, 'app' | 'session'>,
  isOurs: (url: string) => boolean,
  offerLink: (url: string) => void,
): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(({ url }) => {
      offerLink(url);
      return { action: 'deny' };
    });
    contents.on('will-frame-navigate', (details) => {
      if (isOurs(details.url)) return;
      details.preventDefault();
      if (details.isMainFrame) offerLink(details.url);
    });
    contents.on('will-redirect', (details) => {
      if (!isOurs(details.url)) details.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });

  const ours = session.defaultSession;
  ours.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  ours.setPermissionCheckHandler(() => false);
  ours.setDevicePermissionHandler(() => false);
  ours.on('will-download', (event, download) => {
    const url = download.getURL();
    const made = url.startsWith('blob:') ? url.slice('blob:'.length) : url;
    if (!isOurs(made)) event.preventDefault();
  });
}
