import type { Page } from '@playwright/test';
import { findingsInAllLooks } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

const titles = (page: Page) => page.getByRole('columnheader').allInnerTexts();

test('what the list of runs says about each is chosen, with the mouse and by keys, and kept for the window', async ({
  home,
  page,
}) => {
  await home.create(scriptAgent('teller', "await agent.context.set('a', 1);\nreturn 'told';"));
  await home.wake('teller');
  await page.setViewportSize({ width: 1440, height: 900 });
  await home.open(page, '/runs');
  const row = page.getByRole('row', { name: /teller/ });
  await expect(row.getByText('Done')).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole('columnheader', { name: 'Cost' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Version' })).toBeHidden();

  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Version' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Node' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('columnheader', { name: 'Version' })).toBeVisible();
  await expect(row.getByRole('cell').filter({ hasText: /^1$/ })).toHaveCount(2);
  const { name } = (await home.node.call('GET', '/node')).body as { name: string };
  await expect(row.getByRole('cell', { name, exact: true })).toBeVisible();
  expect(await findingsInAllLooks(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });

  await page.getByRole('button', { name: 'Columns' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitemcheckbox', { name: 'Agent' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitemcheckbox', { name: 'Woken by' })).toBeFocused();
  await page.keyboard.press('Space');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('columnheader', { name: 'Woken by' })).toBeHidden();

  await page.reload();
  await expect(page.getByRole('columnheader', { name: 'Version' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Woken by' })).toBeHidden();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitem', { name: 'Usual columns' }).click();
  await expect(page.getByRole('menuitemcheckbox', { name: 'Woken by' })).toBeChecked();
  await page.keyboard.press('Escape');
  expect((await titles(page)).slice(1)).toEqual([
    'State',
    'Agent',
    'What came of it',
    'Woken by',
    'Steps',
    'Cost',
    'Took',
    'Began',
  ]);
});

test('a narrow window shows fewer columns, and says which have no room', async ({ home, page }) => {
  await home.create(scriptAgent('teller', "return 'told';"));
  await home.wake('teller');
  await page.setViewportSize({ width: 900, height: 800 });
  await home.open(page, '/runs');
  await expect(page.getByRole('row', { name: /teller/ }).getByText('Done')).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole('columnheader', { name: 'Agent' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Steps' })).toBeHidden();
  const list = page.getByRole('table', { name: 'Runs' });
  expect(await list.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
  await page.getByRole('button', { name: 'Columns' }).click();
  await expect(page.getByRole('menuitemcheckbox', { name: /Steps/ })).toContainText('no room');
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect(page.getByRole('columnheader', { name: 'Steps' })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByRole('columnheader')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Columns' })).toBeHidden();
});
