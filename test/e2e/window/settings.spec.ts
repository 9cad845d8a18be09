import { findings } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

test('who is told of what happens is set and tried, and a wrong setting cannot be applied', async ({ home, page }) => {
  await home.open(page, '/settings/notifications');
  await page.getByRole('button', { name: 'Add' }).click();
  const sink = page.getByRole('region', { name: 'desktop' });
  await sink.getByRole('combobox', { name: 'Where to' }).selectOption('webhook');
  const apply = page.getByRole('button', { name: 'Apply' });
  await expect(apply).toBeDisabled();
  await sink.getByRole('combobox', { name: 'Where to' }).selectOption('log');
  await expect(apply).toBeEnabled();
  await apply.click();
  await expect(page.getByText('In force.')).toBeVisible();
  await sink.getByRole('button', { name: 'Try' }).click();
  await expect(page.getByText('“desktop” was told something made up.')).toBeVisible();
  await page.reload();
  await expect(sink.getByRole('combobox', { name: 'Where to' })).toHaveValue('log');
});

test('how long things are kept is changed after a look at what would go, found by the search, and reset', async ({
  home,
  page,
}) => {
  await home.open(page, '/settings/appearance');
  await page.getByRole('searchbox', { name: 'Search settings' }).fill('trash days');
  await page
    .getByRole('list', { name: 'Found settings' })
    .getByRole('link', { name: /Deleted agents/ })
    .click();
  const field = page.getByRole('spinbutton', { name: 'Deleted agents, in days' });
  await expect(field).toHaveValue('30');
  await field.fill('0');
  await expect(page.getByText('Give whole days')).toBeVisible();
  await field.fill('7');
  await page.getByRole('button', { name: 'See what would go…' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('list', { name: 'What would go' })).toHaveText('Nothing, as of now.');
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('In force. What is older goes within the hour.')).toBeVisible();
  await page.reload();
  await expect(field).toHaveValue('7');
  await page.getByRole('button', { name: 'Reset deleted agents to 30 days' }).click();
  await page.getByRole('button', { name: 'See what would go…' }).click();
  await page.getByRole('button', { name: 'Keep to this' }).click();
  await expect(field).toHaveValue('30');
});

test('the port of the next start is kept and says that it needs one; a name for all is refused', async ({
  home,
  page,
  complaints,
}) => {
  await home.open(page, '/settings/network');
  await expect(page.getByRole('region', { name: 'In force' })).toContainText('127.0.0.1');
  const names = page.getByRole('textbox', { name: 'Further names' });
  await names.fill('*');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/is a name in small letters/)).toBeVisible();
  expect(complaints.splice(0)).toEqual([expect.stringContaining('Failed to load resource')]);
  await names.fill('agents.example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByText('What is kept holds once this node has been started again.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Reset further names to none' }).click();
  await expect(page.getByText('What is kept holds once')).toHaveCount(0);
});

test('times and dates are written as the person says, at once and after a reload', async ({ home, page }) => {
  await home.open(page, '/settings/region');
  const panel = page.getByRole('region', { name: 'Region and language' });
  await expect(panel).toContainText('English');
  await page.getByRole('radio', { name: '21:05' }).click();
  await page.getByRole('radio', { name: '2026-11-03' }).click();
  await expect(panel).toContainText(/Now\s*\w{3} \d{4}-\d\d-\d\d at \d\d:\d\d:\d\d/);
  await page.reload();
  await expect(page.getByRole('radio', { name: '2026-11-03' })).toBeChecked();
  await expect(panel).toContainText(/Now\s*\w{3} \d{4}-\d\d-\d\d at \d\d:\d\d:\d\d/);
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: /^Reset dates to system/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('radio', { name: 'System' }).nth(1)).toBeChecked();
});

test('the zone of all times and the first day of the week are chosen by key, kept, and reset', async ({
  home,
  page,
}) => {
  await home.open(page, '/settings/region');
  const panel = page.getByRole('region', { name: 'Region and language' });
  await page.getByRole('radio', { name: '21:05' }).click();
  const zone = page.getByRole('combobox', { name: 'Time zone' });
  await zone.focus();
  await zone.selectOption('Asia/Tokyo');
  await expect(panel).toContainText(/Now.* GMT\+9/);
  await page.getByRole('radio', { name: 'Saturday' }).focus();
  await page.keyboard.press('Space');
  expect(await findings(page)).toEqual([]);
  await page.reload();
  await expect(zone).toHaveValue('Asia/Tokyo');
  await expect(page.getByRole('radio', { name: 'Saturday' })).toBeChecked();
  const inTokyo = new Date().toLocaleTimeString('en-GB', { timeZone: 'Asia/Tokyo', hour: '2-digit' });
  await expect(panel).toContainText(`at ${inTokyo}:`);
  for (const reset of [/^Reset time zone to this computer/, /^Reset first day of the week to system/]) {
    await page.getByRole('button', { name: reset }).focus();
    await page.keyboard.press('Enter');
  }
  await expect(zone).toHaveValue('system');
  await expect(page.getByRole('radio', { name: 'Saturday' })).not.toBeChecked();
});

test('numbers are written as the person has chosen, on every screen and after a reload', async ({ home, page }) => {
  const limits = 'budget:\n  enabled: true\n  max_runs_per_day: 12345\n';
  await home.create(scriptAgent('counter', 'return 1;', limits));
  await home.open(page, '/settings/region');
  await page.getByRole('radio', { name: '1.234,5' }).focus();
  await page.keyboard.press('Space');
  await expect(page.getByText('1.234.567,5, $1.234,50')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await home.go(page, '/agents/counter/limits');
  await expect(page.getByText('0 of 12.345', { exact: false })).toBeVisible();
  await page.reload();
  await expect(page.getByText('0 of 12.345', { exact: false })).toBeVisible();
  await home.go(page, '/settings/region');
  await page.getByRole('radio', { name: '1’234.5' }).click();
  await expect(page.getByText('1’234’567.5, $1’234.50')).toBeVisible();
});
