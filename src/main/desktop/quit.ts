import type { App } from 'electron';
import type { RuntimeClient } from '../../shared/api.ts';
import type { ElectronParts } from './electron-parts.ts';
import { missedByQuitting } from './glance.ts';
import type { SettingsStore } from './settings.ts';

/** A node finishes or checkpoints the step it is in, which it has 20 s for; the rest is for closing files. */
export const drainDeadlineMs = 25_000;

/**
 * Lets the node come to rest before the app ends. A drain that fails or takes longer than the deadline ends the app
 * with exit code 1: nothing is lost by that, the next start recovers as after a crash.
 * @param drain called once, however often the person asks to quit.
 * @returns what drains without quitting: afterwards the app quits at once.
 */
export function drainOnQuit(app: App, drain: () => Promise<void>, deadlineMs = drainDeadlineMs): () => Promise<void> {
  let draining: Promise<void> | null = null;
  let isDrained = false;
  const rest = () => {
    const deadline = setTimeout(() => app.exit(1), deadlineMs);
    draining ??= drain().then(
      () => {
        clearTimeout(deadline);
        isDrained = true;
      },
      () => app.exit(1),
    );
    return draining;
  };
  app.on('before-quit', (event) => {
    if (isDrained) return;
    event.preventDefault();
    if (draining) return;
    void rest().then(() => {
      if (isDrained) app.quit();
    });
  });
  return rest;
}

/** Says what will be missed, and asks; true where the person agrees, has asked not to be asked, or misses nothing. */
export async function mayQuit(
  dialog: Pick<ElectronParts['dialog'], 'showMessageBox'>,
  runtime: Pick<RuntimeClient, 'listProcesses'>,
  settings: SettingsStore,
): Promise<boolean> {
  if (!settings.get().askBeforeQuit) return true;
  // A node that does not answer must not keep the app from ending.
  const answer = await runtime.listProcesses({ limit: 1_000 }).catch(() => ({ items: [] }));
  const detail = missedByQuitting(answer.items, Date.now());
  if (detail === null) return true;
  const { response, checkboxChecked } = await dialog.showMessageBox({
    type: 'question',
    message: 'Quit Agent Runtime?',
    detail,
    buttons: ['Quit', 'Cancel'],
    defaultId: 0,
    cancelId: 1,
    checkboxLabel: 'Do not ask again',
  });
  if (response !== 0) return false;
  if (checkboxChecked) settings.set({ askBeforeQuit: false });
  return true;
}
