import { expect, test } from './window-test.ts';

/** From the first window to the first useful run. */
const patienceMs = 120_000;

test('an empty node offers an agent that works without a key, and one click later it has run', async ({
  home,
  page,
}) => {
  const began = Date.now();
  await home.open(page);
  await expect(page.getByRole('heading', { name: 'Nothing lives here yet.' })).toBeVisible();
  await page.getByRole('button', { name: 'Create and run once' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Run of / })).toBeVisible();
  await expect(page.getByRole('main').getByText('Done', { exact: true }).first()).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('region', { name: 'What came of it' }).first()).toBeVisible();
  expect(Date.now() - began).toBeLessThan(patienceMs);
});

test('the same by keyboard alone', async ({ home, page }) => {
  await home.open(page);
  const button = page.getByRole('button', { name: 'Create and run once' });
  await expect(button).toBeEnabled();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const focused = button.and(page.locator(':focus'));
  for (let presses = 0; presses < 15 && (await focused.count()) === 0; presses++) await page.keyboard.press('Tab');
  await expect(button).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main').getByText('Done', { exact: true }).first()).toBeVisible({ timeout: 20_000 });
});

test('a template can be looked at as a drawing and as a file before it is created', async ({ home, page }) => {
  await home.open(page, '/templates');
  await page.getByRole('link', { name: 'Pipeline monitor' }).click();
  await expect(page.getByText('pipeline.degraded').first()).toBeVisible();
  await page.getByRole('radio', { name: 'Manifest' }).click();
  await expect(page.getByRole('textbox', { name: 'Manifest of pipeline-monitor' })).toContainText('cron_expression');
});
