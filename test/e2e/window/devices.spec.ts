import type { Page } from '@playwright/test';
import { findings, findingsInAllLooks } from './findings.ts';
import { letIn, opened, phoneOf } from './let-in.ts';
import { expect, scriptAgent, test } from './window-test.ts';

test.slow();

const asker = scriptAgent('asker', "return 'It was: ' + (await agent.ask('Which door is open?'));");

const bar = (phone: Page) => phone.getByRole('navigation', { name: 'Screens' }).last();

test('a phone is let in, answers the inbox, comes through a restart, and is let in no longer', async ({
  home,
  page,
  browser,
}) => {
  await home.create(asker);
  await home.wake('asker');
  const phone = await phoneOf(browser);
  const address = await opened(home, page, 'Look, answer and run');
  expect(await findings(page)).toEqual([]);
  await phone.goto(address);
  await expect(phone.getByRole('heading', { name: 'Confirm this device at the computer' })).toBeVisible();
  expect(phone.url()).not.toContain('pair=');
  expect(await findings(phone)).toEqual([]);
  await expect(page.getByRole('dialog')).toBeHidden();
  expect(await findingsInAllLooks(page)).toEqual([]);
  await letIn(page, phone);
  await expect(page.getByText('1 device let in')).toBeVisible();

  await expect(phone.getByText('This device may look, answer and run agents.')).toBeVisible();
  await expect(phone.getByRole('heading', { name: 'Now', exact: true })).toBeVisible();
  expect(await findings(phone)).toEqual([]);
  await bar(phone).getByRole('link', { name: /Inbox/ }).click();
  await phone.getByRole('textbox', { name: 'Your answer' }).fill('the left one');
  expect(await findings(phone)).toEqual([]);
  await phone.getByRole('button', { name: 'Answer' }).click();
  await expect(phone.getByText('Nothing waits for you.')).toBeVisible();
  await expect(async () => {
    const { body } = await home.node.call('GET', '/runs?process=asker&state=done');
    expect((body as { items: unknown[] }).items).toHaveLength(1);
  }).toPass();

  await home.go(phone, '/agents/asker/limits');
  await expect(phone.getByText('This is changed at the computer itself, not from this device.')).toBeVisible();
  await home.go(phone, '/settings/network');
  await expect(phone.getByRole('button', { name: 'Keep' }).first()).toBeDisabled();
  await home.go(phone, '/now');

  await home.node.kill();
  await expect(phone.getByText(/The node does not answer since/)).toBeVisible();
  await home.restart();
  await expect(phone.getByText(/The node does not answer since/)).toBeHidden({ timeout: 20_000 });
  await phone.reload();
  await expect(phone.getByText('This device may look, answer and run agents.')).toBeVisible();

  await home.open(page, '/settings/network');
  await page.getByRole('button', { name: /^Revoke / }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(phone.getByText('This device is let in no longer.')).toBeVisible({ timeout: 5_000 });
  await expect(phone.getByRole('textbox', { name: 'Code' })).toBeVisible();
  expect(await findings(phone)).toEqual([]);
  await phone.context().close();
});

test('a phone that may only look is told so, and a wrong code lets nobody in', async ({ home, page, browser }) => {
  await home.create(asker);
  await home.wake('asker');
  const phone = await phoneOf(browser);
  const address = await opened(home, page, 'Look only');
  await phone.goto(address.replace(/#.*/, ''));
  await expect(phone.getByRole('heading', { name: 'Let this device in' })).toBeVisible();
  const code = address.slice(-8);
  await phone.getByRole('textbox', { name: 'Code' }).fill(code === '00000000' ? '11111111' : '0000 0000');
  await phone.getByRole('button', { name: 'Ask to be let in' }).click();
  await expect(phone.getByText('Not paired: the code is wrong.')).toBeVisible();
  await phone.getByRole('textbox', { name: 'Code' }).fill(`${code.slice(0, 4)} ${code.slice(4)}`);
  await phone.getByRole('button', { name: 'Ask to be let in' }).click();
  await letIn(page, phone);
  await expect(phone.getByText('This device may only look.', { exact: false }).first()).toBeVisible();
  await expect(phone.getByRole('button', { name: /Pause all/ })).toBeDisabled();
  await bar(phone).getByRole('link', { name: /Inbox/ }).click();
  await expect(phone.getByText('do it at the computer itself.', { exact: false }).first()).toBeVisible();
  await expect(phone.getByRole('textbox', { name: 'Your answer' })).toBeDisabled();
  await home.go(phone, '/agents/asker');
  await expect(phone.getByRole('button', { name: 'Stop asker' })).toBeDisabled();
  await home.go(phone, '/agents');
  await expect(phone.getByRole('button', { name: 'Trash' })).toBeVisible();
  await expect(phone.getByRole('link', { name: 'New agent' })).toHaveCount(0);
  await phone.context().close();
});

test('a phone signs itself out, by the bar or the palette, and keeps nothing', async ({ home, page, browser }) => {
  const phone = await phoneOf(browser);
  await phone.goto(await opened(home, page, 'Look only'));
  await letIn(page, phone);
  const token = await phone.evaluate<string>("localStorage.getItem('agent-runtime.device')");
  const bearer = { authorization: `Bearer ${token}` };
  const standing = new URL('/api/v1/session', phone.url()).href;
  expect((await phone.request.get(standing, { headers: bearer })).status()).toBe(200);

  await expect(phone.getByRole('main').getByRole('link').first()).toBeVisible();
  expect(await findings(phone)).toEqual([]);
  const asked = phone.getByRole('alertdialog', { name: 'Sign this device out?' });
  await phone.getByRole('button', { name: 'Sign out' }).focus();
  await phone.keyboard.press('Enter');
  await expect(asked).toBeVisible();
  await asked.getByRole('button', { name: 'Cancel' }).press('Enter');
  await expect(asked).toBeHidden();
  await phone.keyboard.press('Control+k');
  await phone.keyboard.type('sign out');
  await phone.keyboard.press('Enter');
  await asked.getByRole('button', { name: 'Sign out' }).press('Enter');

  await expect(phone.getByText('You are signed out.', { exact: false })).toBeVisible();
  await expect(phone.getByRole('textbox', { name: 'Code' })).toBeVisible();
  expect(await findings(phone)).toEqual([]);
  expect(await phone.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
  expect((await phone.request.get(standing, { headers: bearer })).status()).toBe(401);
  await expect(page.getByRole('button', { name: /^Revoke / })).toHaveCount(0);
  await phone.reload();
  await expect(phone.getByRole('heading', { name: 'Let this device in' })).toBeVisible();
  await expect(phone.getByText('You are signed out.', { exact: false })).toHaveCount(0);
  await phone.context().close();
});
