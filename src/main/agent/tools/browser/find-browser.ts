import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { RuntimeError } from '../../../../shared/errors.ts';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'brave-browser',
];
const places = [
  '/usr/bin/chromium',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/**
 * The Chromium, Chrome or Edge of this machine: AGENT_RUNTIME_BROWSER, else one in a usual place or on PATH.
 * @throws RuntimeError NOT_SUPPORTED when there is none.
 */
export function findBrowser(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['AGENT_RUNTIME_BROWSER'];
  const onPath = (env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const found = (named ? [named] : [...places, ...onPath]).find(canRun);
  if (found) return found;
  throw new RuntimeError(
    'NOT_SUPPORTED',
    named
      ? `AGENT_RUNTIME_BROWSER names "${named}", which cannot be started.`
      : 'There is no Chromium, Chrome or Edge on this machine; install one, or name it in AGENT_RUNTIME_BROWSER.',
  );
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
