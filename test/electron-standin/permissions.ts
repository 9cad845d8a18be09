import type { Chromium } from './chromium.ts';

type Callback = (granted: boolean) => void;
type RequestListener = (contents: unknown, permission: string, callback: Callback, details: object) => void;
type CheckListener = (contents: unknown, permission: string, origin: string, details: object) => boolean;

/** What Electron calls a permission → what DevTools calls it. */
const names: Record<string, string> = {
  geolocation: 'geolocation',
  notifications: 'notifications',
  midi: 'midi',
  'clipboard-read': 'clipboard-read',
  'clipboard-sanitized-write': 'clipboard-write',
  'idle-detection': 'idle-detection',
  media: 'camera',
};

/**
 * The permission part of Electron's session. Chromium cannot ask us when a page wants something, so each time a page
 * arrives the app's own listeners are asked about every permission, and Chromium is told the answers.
 */
export class Permissions {
  #request: RequestListener | null = null;
  #check: CheckListener | null = null;

  setPermissionRequestHandler(listener: RequestListener | null): void {
    this.#request = listener;
  }

  setPermissionCheckHandler(listener: CheckListener | null): void {
    this.#check = listener;
  }

  /** Without a listener everything is granted, as in Electron. */
  async tell(chromium: Chromium, contents: unknown, pageOrigin: string, appOrigin: string): Promise<void> {
    for (const [permission, name] of Object.entries(names)) {
      const granted = this.#checks(contents, permission, appOrigin) && (await this.#grants(contents, permission));
      const setting = granted ? 'granted' : 'denied';
      await chromium.send('Browser.setPermission', { permission: { name }, setting, origin: pageOrigin });
    }
  }

  #checks(contents: unknown, permission: string, origin: string): boolean {
    return this.#check?.(contents, permission, origin, {}) ?? true;
  }

  async #grants(contents: unknown, permission: string): Promise<boolean> {
    const request = this.#request;
    if (!request) return true;
    return new Promise((resolve) => request(contents, permission, resolve, {}));
  }
}
