import { expect, scriptAgent, test } from './window-test.ts';

const row = (name: string) => ({ name: new RegExp(`\\b${name}\\b`) });

test.describe('the process manager', () => {
  test.beforeEach(async ({ home }) => {
    for (const name of ['alpha', 'beta', 'gamma']) await home.create(scriptAgent(name, `return 'done by ${name}';`));
  });

  test('starts, stops, suspends and resumes, and shows it as it happens', async ({ home, page }) => {
    await home.open(page, '/agents');
    const beta = page.getByRole('row', row('beta'));
    await expect(beta.getByText('Running')).toBeVisible();
    await beta.hover();
    await beta.getByRole('button', { name: 'Suspend beta' }).click();
    await expect(beta.getByText('Suspended')).toBeVisible();
    await beta.getByRole('button', { name: 'Resume beta' }).click();
    await expect(beta.getByText('Running')).toBeVisible();
    await beta.getByRole('button', { name: 'Stop beta' }).click();
    await expect(beta.getByText('Stopped')).toBeVisible();
    await beta.getByRole('button', { name: 'Start beta' }).click();
    await expect(beta.getByText('Running')).toBeVisible();
  });

  test('shows the buttons of the row that is tabbed into, and its menu opens and closes by keys', async ({
    home,
    page,
  }) => {
    await home.open(page, '/agents');
    await page.getByRole('link', { name: 'beta', exact: true }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name: 'Suspend beta' })).toBeFocused();
    const more = page.getByRole('button', { name: 'More for beta' });
    await more.focus();
    await page.keyboard.press('Enter');
    const menu = page.getByRole('menu', { name: 'More for beta' });
    await expect(menu).toBeVisible();
    await page.keyboard.press('ArrowDown');
    await expect(menu.getByRole('menuitem', { name: 'Restart' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(menu).toBeHidden();
    await expect(more).toBeFocused();
  });

  test('does the same by keys', async ({ home, page }) => {
    await home.open(page, '/agents');
    await expect(page.getByRole('row', row('alpha'))).toBeVisible();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await expect(page.getByRole('link', { name: 'beta' })).toBeFocused();
    const beta = page.getByRole('row', row('beta'));
    await page.keyboard.press('s');
    await expect(beta.getByText('Suspended')).toBeVisible();
    await page.keyboard.press('s');
    await expect(beta.getByText('Running')).toBeVisible();
    await page.keyboard.press('Space');
    await expect(beta.getByText('Stopped')).toBeVisible();
    await page.keyboard.press('o');
    await expect(page.getByRole('complementary', { name: 'Agent beta' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('complementary', { name: 'Agent beta' })).toBeHidden();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: 'beta' })).toBeVisible();
  });

  test('stops several at once by keyboard, and says what could not be stopped', async ({ home, page }) => {
    await home.node.call('POST', '/processes/beta/stop', {});
    await home.open(page, '/agents');
    await expect(page.getByRole('row', row('beta')).getByText('Stopped')).toBeVisible();
    for (const key of ['j', 'x', 'j', 'j', 'Shift+X']) await page.keyboard.press(key);
    const bar = page.getByRole('toolbar', { name: 'Chosen agents' });
    await expect(bar).toContainText('3 chosen');
    await bar.getByRole('button', { name: 'Stop' }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByText('2 agents stopped. 1 agent could not and stayed as before.')).toBeVisible();
    await expect(page.getByRole('row').getByText('Stopped')).toHaveCount(3);
  });

  test('filters by state with a number, by words, and opens the place in the palette', async ({ home, page }) => {
    await home.node.call('POST', '/processes/gamma/stop', {});
    await home.open(page, '/agents');
    await expect(page.getByRole('row', row('gamma')).getByText('Stopped')).toBeVisible();
    await page.keyboard.press('6');
    await expect(page.getByRole('row', row('gamma'))).toBeVisible();
    await expect(page.getByRole('row', row('alpha'))).toBeHidden();
    await page.keyboard.press('1');
    await page.keyboard.press('/');
    await page.keyboard.type('alp');
    await expect(page.getByRole('row', row('alpha'))).toBeVisible();
    await expect(page.getByRole('row', row('gamma'))).toBeHidden();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('gamma');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: 'gamma' })).toBeVisible();
  });

  test('runs one with a payload and goes to its run', async ({ home, page }) => {
    await home.open(page, '/agents/alpha');
    await page.getByRole('button', { name: 'Run now' }).click();
    const dialog = page.getByRole('dialog');
    const payload = dialog.getByRole('textbox', { name: 'Payload, as JSON' });
    await payload.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('{"order": 7}');
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('heading', { level: 1, name: 'Run of alpha' })).toBeVisible();
    await page.keyboard.press('w');
    await expect(page.getByRole('region', { name: 'the payload' })).toContainText('order: 7');
  });

  test('asks before it deletes, and brings back what was deleted', async ({ home, page }) => {
    await home.open(page, '/agents');
    const alpha = page.getByRole('row', row('alpha'));
    await alpha.hover();
    await alpha.getByRole('button', { name: 'More for alpha' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await expect(alpha).toBeHidden();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(alpha).toBeVisible();
  });

  test('pauses all and resumes all with one key', async ({ home, page }) => {
    await home.open(page, '/agents');
    await expect(page.getByRole('row').getByText('Running')).toHaveCount(3);
    await page.keyboard.press('Control+.');
    await expect(page.getByRole('row').getByText('Suspended')).toHaveCount(3);
    await page.keyboard.press('Control+.');
    await expect(page.getByRole('row').getByText('Running')).toHaveCount(3);
  });
});

test('two windows show the same within a second', async ({ home, page, context }) => {
  await home.create(scriptAgent('alpha', 'return 1;'));
  await home.open(page, '/agents');
  const other = await context.newPage();
  await home.open(other, '/agents');
  await expect(other.getByRole('row', row('alpha')).getByText('Running')).toBeVisible();
  await page.getByRole('row', row('alpha')).hover();
  await page.getByRole('button', { name: 'Suspend alpha' }).click();
  await expect(other.getByRole('row', row('alpha')).getByText('Suspended')).toBeVisible({ timeout: 1_000 });
});
