import type { Browser, Page } from '@playwright/test';
import { freePort } from '../../world/free-port.ts';
import { expect, type Home } from './window-test.ts';

/** What a device is let in for, as the dialog offers it. */
export type DeviceMay = 'Look, answer and run' | 'Look only';

/** A phone: narrow, and told by its person to go on past the warning of the certificate. */
export async function phoneOf(browser: Browser, viewport = { width: 390, height: 844 }): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport });
  return context.newPage();
}

/** The window of the computer, open to devices on a port of its own, with a code shown; the address a phone is given. */
export async function opened(home: Home, page: Page, may: DeviceMay): Promise<string> {
  const port = await freePort();
  await home.open(page, '/settings/network');
  await page.getByRole('textbox', { name: 'Port for devices' }).fill(String(port));
  await page.keyboard.press('Enter');
  await expect(page.getByText('Kept.')).toBeVisible();
  await page.getByRole('switch', { name: 'Let other devices reach this window' }).click();
  await page.getByRole('button', { name: 'Let a device in…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Let a device in' });
  await dialog.getByRole('radio', { name: may }).click();
  await expect(dialog.getByRole('radio', { name: may })).toBeChecked();
  await expect(dialog.getByRole('img', { name: /^QR code that opens https:/ })).toBeVisible();
  const code = (await dialog.getByText(/^\d{4} \d{4}$/).textContent()) ?? '';
  return `https://127.0.0.1:${port}/#pair=${code.replace(' ', '')}`;
}

/** Says yes at the computer to the phone that asks there. */
export async function letIn(page: Page, phone: Page): Promise<void> {
  const words = phone.getByRole('list', { name: 'Words to compare' });
  await expect(words).toBeVisible();
  const asks = page.getByRole('article', { name: /asks to be let in/ });
  await expect(asks.getByRole('list', { name: 'Words to compare' })).toHaveText((await words.textContent()) ?? '');
  await asks.getByRole('button', { name: 'Let it in' }).click();
  await expect(phone.getByRole('navigation', { name: 'Screens' }).last()).toBeVisible();
}
