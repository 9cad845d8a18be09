import type { ElectronParts } from './electron-parts.ts';

/**
 * Offers to open a link in the person's browser. Only https, only after a yes, and one question at a time, so that a
 * page cannot flood the screen with them.
 */
export function externalLinks({
  dialog,
  shell,
}: Pick<ElectronParts, 'dialog' | 'shell'>): (link: string) => Promise<void> {
  let isAsking = false;
  return async (link) => {
    if (isAsking || link.length > 2_000 || !URL.canParse(link)) return;
    const url = new URL(link);
    if (url.protocol !== 'https:') return;
    isAsking = true;
    try {
      const { response } = await dialog.showMessageBox({
        type: 'question',
        message: `Open ${url.host} in your browser?`,
        // As parsed, so that a name made to look like another one shows in its encoded form.
        detail: url.href,
        buttons: ['Open', 'Cancel'],
        defaultId: 1,
        cancelId: 1,
      });
      if (response === 0) await shell.openExternal(url.href);
    } finally {
      isAsking = false;
    }
  };
}
