import type { Locator } from '@playwright/test';
import { findings } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

const settings =
  'description: Keeps the books.\ntrigger_delivery:\n  max_retries: 0\nmax_consecutive_failures: 2\ntriggers:\n  - id: nightly\n    type: cron\n    cron_expression: "0 3 * * *"\n';
const body =
  "const { n } = event.payload;\nif (n < 0) throw new Error('no such order');\nawait agent.context.set('order_' + n, { paid: n });\nawait agent.memory.store('Order ' + n + ' came by fax.');\nreturn 'Order ' + n + ' is right.';";
const tabs = [
  '',
  'runs',
  'triggers',
  'context',
  'conversation',
  'letters',
  'memory',
  'files',
  'limits',
  'journal',
  'manifest',
  'versions',
];

test('tabs of an agent are gone through by keys alone, in words and in order', async ({ home, page }) => {
  await home.create(scriptAgent('clerk', body, settings));
  for (const n of [1, 2, 10]) await home.wake('clerk', { n });
  await home.open(page, '/agents/clerk');
  const tab = async (name: string) =>
    await page
      .getByRole('navigation', { name: /Parts of/ })
      .getByRole('link', { name })
      .press('Enter');
  await expect(page.getByRole('region', { name: 'What it keeps' })).toContainText('order_10');

  await tab('Triggers');
  const wakings = page.getByRole('region', { name: 'Wakings' }).getByRole('listitem');
  await expect(wakings).toHaveCount(3);
  await expect(wakings.first()).toContainText('by hand');

  await tab('Context');
  const keys = page.getByRole('region', { name: 'Keys' }).getByRole('button', { name: /^order_/ });
  await expect(keys).toHaveText([/"paid":1}/, /"paid":2}/, /"paid":10}/]);
  await keys.last().press('Enter');
  await expect(page.getByRole('textbox', { name: 'Value of order_10' })).toContainText('10');

  await tab('Inbox');
  await page.getByRole('textbox', { name: 'Write to clerk' }).focus();
  await page.keyboard.type('Round to cents.');
  for (let times = 0; times < 4; times++) await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Write', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  const letter = page.getByRole('listitem').filter({ hasText: 'Round to cents.' });
  await expect(letter).toContainText('an instruction');
  await expect(letter).toContainText('by you');

  await tab('Journal');
  const rows = page.getByRole('table', { name: 'Journal of clerk' });
  await expect(rows).toContainText('You wrote: Round to cents.');
  await expect(rows).not.toContainText('{"');
  await page.getByRole('combobox', { name: 'Kind' }).focus();
  await page.keyboard.type('Run settled');
  await expect(rows.getByRole('row')).toHaveCount(3);
  await rows.getByRole('button', { name: 'Run done after 2 steps' }).first().press('Enter');
  await expect(page.getByRole('complementary', { name: /^Entry/ })).toContainText('Run settled');

  await tab('Versions');
  await expect(page.getByRole('region', { name: 'Version 1' })).toContainText('a program with the main token');
  expect(await findings(page)).toEqual([]);
});

/** Its right edge is in sight. */
async function isWhole(part: Locator): Promise<boolean> {
  return await part.evaluate(
    (element) => element.getBoundingClientRect().right <= element.ownerDocument.documentElement.clientWidth,
  );
}

test('an agent that failed says once what to do, also on a phone; without the node each tab shows what was known', async ({
  home,
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await home.create(scriptAgent('clerk', body, settings));
  for (const n of [-1, -2]) await home.wake('clerk', { n });
  await home.open(page, '/agents/clerk');
  await expect(page.getByText(/2 events failed in a row; the last was run \w{6}$/)).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Start it again' })).toHaveCount(1);
  await home.go(page, '/agents/clerk/triggers');
  const wakings = page.getByRole('region', { name: 'Wakings' });
  await expect(wakings.getByRole('listitem')).toHaveCount(2);
  await expect(wakings.getByRole('heading', { name: 'Wakings' })).toBeVisible();
  for (const part of ['time', 'a', 'button'])
    expect(await isWhole(wakings.getByRole('listitem').first().locator(part).first()), part).toBe(true);
  await expect(wakings.getByRole('button', { name: 'Redeliver' }).first()).toHaveCSS('opacity', '1');

  for (const tab of tabs) {
    await home.go(page, `/agents/clerk/${tab}`);
    await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
  }
  await home.node.kill();
  await expect(page.getByRole('alert').filter({ hasText: 'does not answer' })).toBeVisible();
  for (const tab of tabs) {
    await home.go(page, `/agents/clerk/${tab}`);
    await expect(page.getByRole('heading', { level: 1, name: 'clerk' })).toBeVisible();
    await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
  }
  await home.restart();
  await expect(page.getByRole('alert').filter({ hasText: 'does not answer' })).toHaveCount(0, { timeout: 20_000 });
});
