import { expect, scriptAgent, test } from './window-test.ts';

test('what keys do at a place is in the palette too, and acts on the row the list is at', async ({ home, page }) => {
  for (const name of ['alpha', 'beta']) await home.create(scriptAgent(name, 'return 1;'));
  await home.open(page, '/agents');
  const beta = page.getByRole('row', { name: /beta/ });
  await expect(beta.getByText('Running')).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('suspend or resume');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Go to a row first, with J and K.')).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('suspend or resume');
  await page.keyboard.press('Enter');
  await expect(beta.getByText('Suspended')).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('search in the list');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('searchbox')).toBeFocused();
});

test('keys of runs: redeliver from the list, and the timeline, what went in, what woke it', async ({ home, page }) => {
  await home.create(scriptAgent('walker', "await agent.context.set('at', 1);\nreturn 'arrived';"));
  await home.wake('walker', { order: 7 });
  await home.open(page, '/runs');
  const rows = page.getByRole('row', { name: /walker/ });
  await expect(rows.getByText('Done')).toHaveCount(1, { timeout: 15_000 });
  await page.keyboard.press('j');
  await page.keyboard.press('r');
  await expect(page.getByText('Its event runs again.')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Run of walker' })).toBeVisible();
  await home.go(page, '/runs');
  await expect(rows.getByText('Done')).toHaveCount(2, { timeout: 15_000 });
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Run of walker' })).toBeVisible();
  await expect(page.getByRole('button', { name: /set at/ })).toBeVisible();
  await page.keyboard.press('t');
  await expect(page.getByRole('table', { name: 'Steps' }).getByRole('button').first()).toBeFocused();
  await page.getByRole('button', { name: /set at/ }).focus();
  await page.keyboard.press('Enter');
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await page.keyboard.press('i');
  await expect(inspector.getByRole('region', { name: 'Input', exact: true })).toBeVisible();
  await page.keyboard.press('w');
  await expect(page.getByRole('region', { name: 'the payload' })).toContainText('order: 7');
  await page.keyboard.press('c');
  await expect(inspector.getByText('before').first()).toBeVisible();
  await page.keyboard.press('o');
  await expect(inspector.getByText('arrived')).toBeVisible();
});

test('the editor takes back and brings again by keys', async ({ home, page }) => {
  await home.create(scriptAgent('drawn', 'return 1;'));
  await home.open(page, '/agents/drawn/design');
  await page.getByRole('toolbar', { name: 'Add a trigger' }).getByRole('button', { name: 'Event' }).click();
  const trigger = page.locator('.react-flow').getByText('pipeline.alert');
  await expect(trigger).toBeVisible();
  await page.getByRole('button', { name: 'Review and apply' }).focus();
  await page.keyboard.press('Control+z');
  await expect(trigger).toBeHidden();
  await page.keyboard.press('Control+Shift+z');
  await expect(trigger).toBeVisible();
});

test('the palette leads to a part of the screen that is shown already', async ({ home, page }) => {
  await home.create(
    scriptAgent('nightly', 'return 1;', 'triggers:\n  - type: cron\n    cron_expression: "0 3 * * *"\n'),
  );
  await home.open(page, '/schedule');
  await expect(page.getByRole('radio', { name: 'Calendar' })).toBeChecked();
  const choose = async (words: string) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
  };
  await choose('pause windows and forecast');
  await expect(page.getByRole('radio', { name: 'Pauses' })).toBeChecked();
  await page.getByRole('radio', { name: 'Timeline' }).click();
  await expect(page.getByRole('table').first()).toBeVisible();
  await home.go(page, '/templates');
  await choose('load .agent files');
  await expect(page.getByRole('dialog', { name: 'Load .agent files' })).toBeVisible();
});

test('screens are reached by Alt and a digit, by G and a letter, and pause all by its key', async ({ home, page }) => {
  await home.create(scriptAgent('alpha', 'return 1;'));
  await home.open(page, '/now');
  const heading = (name: string) => page.getByRole('heading', { level: 1, name });
  for (const [keys, name] of [
    [['Alt+2'], 'Agents'],
    [['Alt+4'], 'Runs'],
    [['Alt+9'], 'Costs'],
    [['g', 'a'], 'Agents'],
    [['g', 'r'], 'Runs'],
    [['g', 'i'], 'Inbox'],
    [['g', 's'], 'Schedule'],
    [['g', 'c'], 'Costs'],
    [['Control+,'], 'Appearance'],
  ] as const) {
    for (const key of keys) await page.keyboard.press(key);
    if (name === 'Appearance') await expect(page).toHaveURL(/settings/);
    else await expect(heading(name)).toBeVisible();
  }
  await home.go(page, '/agents');
  await page.keyboard.press('Control+.');
  await expect(page.getByRole('row').getByText('Suspended')).toHaveCount(1);
  await page.keyboard.press('Control+.');
  await expect(page.getByRole('row').getByText('Running')).toHaveCount(1);
});
