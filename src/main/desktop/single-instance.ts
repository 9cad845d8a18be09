import type { App } from 'electron';
import { z } from 'zod';
import { type LaunchWish, launchWish } from './deep-links.ts';

const Launch = z.object({ argv: z.array(z.string()), workingDir: z.string() });

/**
 * Takes the lock that one running app has per profile. False when another has it: that one is told how this one was
 * started, and this one quits.
 */
export function becomeOnlyInstance(app: App, started: (wish: LaunchWish) => void): boolean {
  // Chromium reorders the arguments that it hands to the first instance; ours are as the person gave them.
  const own = { argv: process.argv, workingDir: process.cwd() };
  if (!app.requestSingleInstanceLock(own)) {
    app.quit();
    return false;
  }
  app.on('second-instance', (_event, argv, workingDir, data) => {
    const launch = Launch.safeParse(data);
    started(launch.success ? launchWish(launch.data.argv, launch.data.workingDir) : launchWish(argv, workingDir));
  });
  return true;
}
