import type { WebContents } from 'electron';
import type { ElectronParts } from './electron-parts.ts';

/**
 * Takes from every page what ours do not need: other windows, other places, embedded pages, every permission but to
 * copy text, and downloads other than what one of our own pages has made. `isOurs` tells our own pages from the rest of the world; links into
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
  // Without it the copy buttons of our pages do nothing; reading the clipboard is another permission.
  const isGranted = (contents: WebContents | null, permission: string) =>
    permission === 'clipboard-sanitized-write' && contents !== null && isOurs(contents.getURL());
  ours.setPermissionRequestHandler((contents, permission, answer) => answer(isGranted(contents, permission)));
  ours.setPermissionCheckHandler(isGranted);
  ours.setDevicePermissionHandler(() => false);
  ours.on('will-download', (event, download) => {
    const url = download.getURL();
    const made = url.startsWith('blob:') ? url.slice('blob:'.length) : url;
    if (!isOurs(made)) event.preventDefault();
  });
}
