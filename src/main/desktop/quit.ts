import type { App } from 'electron';

/** A node finishes or checkpoints the step it is in, which it has 20 s for; the rest is for closing files. */
export const drainDeadlineMs = 25_000;

/**
 * Lets the node come to rest before the app ends. A drain that fails or takes longer than the deadline ends the app
 * with exit code 1: nothing is lost by that, the next start recovers as after a crash.
 * @param drain called once, however often the person asks to quit.
 */
export function drainOnQuit(app: App, drain: () => Promise<void>, deadlineMs = drainDeadlineMs): void {
  let stage: 'running' | 'draining' | 'drained' = 'running';
  app.on('before-quit', (event) => {
    if (stage === 'drained') return;
    event.preventDefault();
    if (stage === 'draining') return;
    stage = 'draining';
    const deadline = setTimeout(() => app.exit(1), deadlineMs);
    drain().then(
      () => {
        clearTimeout(deadline);
        stage = 'drained';
        app.quit();
      },
      () => app.exit(1),
    );
  });
}
