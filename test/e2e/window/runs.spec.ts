import { expect, scriptAgent, test } from './window-test.ts';

test('a run fills in while it goes on, and says what came of it', async ({ home, page }) => {
  await home.create(
    scriptAgent(
      'walker',
      "for (let n = 1; n <= 4; n++) {\n  await agent.context.set('at', n);\n  await agent.sleep(700);\n}\nreturn 'arrived';",
    ),
  );
  await home.open(page, '/agents/walker');
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Run of walker' })).toBeVisible();
  const steps = page.getByRole('table', { name: 'Steps' }).getByRole('row');
  await expect(page.getByRole('button', { name: 'Cancel', exact: true })).toBeVisible();
  await expect(page.getByRole('region', { name: 'What came of it' }).getByText('arrived')).toBeVisible({
    timeout: 15_000,
  });
  expect(await steps.count()).toBeGreaterThanOrEqual(8);
  await page.keyboard.press('c');
  await expect(page.getByRole('complementary', { name: 'Inspector' }).getByText('before').first()).toBeVisible();
  await steps
    .getByRole('button', { name: /set at/ })
    .first()
    .click();
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('Step 1');
});

test('a failed run says why and what to do, and can be delivered again', async ({ home, page }) => {
  const settings = 'trigger_delivery:\n  max_retries: 0\n';
  await home.create(scriptAgent('stumbler', "throw new Error('no such account');", settings));
  await home.wake('stumbler');
  await home.open(page, '/runs');
  await expect(page.getByRole('row').getByText('Failed')).toHaveCount(1, { timeout: 15_000 });
  await page.getByRole('link', { name: /no such account/ }).click();
  await expect(page.getByRole('region', { name: 'Why it stopped' })).toContainText('no such account');
  await expect(page.getByRole('region', { name: 'Why it stopped' })).toContainText('SCRIPT_FAILED');
  const first = page.url();
  await page.getByRole('button', { name: 'Redeliver' }).click();
  await expect(page).not.toHaveURL(first);
  await home.go(page, '/runs');
  await expect(page.getByRole('row').getByText('Failed')).toHaveCount(2, { timeout: 15_000 });
});

test('a run that goes on is cancelled', async ({ home, page }) => {
  await home.create(scriptAgent('sleeper', 'await agent.sleep(600000);'));
  await home.wake('sleeper');
  await home.open(page, '/runs');
  await page.getByRole('row', { name: /sleeper/ }).click();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(page.getByRole('main').getByText('Cancelled', { exact: true }).first()).toBeVisible();
});

test('a question is answered by keyboard, and its run goes on', async ({ home, page }) => {
  await home.create(scriptAgent('asker', "return 'told: ' + await agent.ask('Which colour?');"));
  await home.wake('asker');
  await home.open(page, '/inbox');
  await expect(page.getByText('Which colour?').first()).toBeVisible();
  await expect(page.getByRole('link', { name: /Inbox/ }).first()).toContainText('1');
  await page.keyboard.press('r');
  await page.keyboard.type('blue');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('All clear')).toBeVisible();
  await home.go(page, '/agents/asker');
  await expect(page.getByRole('main').getByText('told: blue').first()).toBeVisible();
  await home.go(page, '/inbox');
  await page.getByRole('radio', { name: 'Answered' }).click();
  await expect(page.getByRole('article')).toContainText('Blue');
});

test('what it keeps is read, changed, taken back, and told by whom', async ({ home, page }) => {
  await home.create(scriptAgent('keeper', "await agent.context.set('limit', 5);\nreturn 1;"));
  await home.wake('keeper');
  await home.open(page, '/agents/keeper/context');
  const value = page.getByRole('textbox', { name: 'Value of limit' });
  await expect(value).toHaveText('5');
  await value.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('9');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('“limit” was written.')).toBeVisible();
  await expect(page.getByRole('list').filter({ hasText: 'its run' }).getByRole('listitem')).toHaveCount(2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(value).toHaveText('5');
});

test('a time that was skipped is found with its reason, and run after all', async ({ home, page }) => {
  const settings = 'triggers:\n  - type: cron\n    cron_expression: "* * * * * *"\n    overlap: skip\n';
  await home.create(
    scriptAgent(
      'busy',
      "if (event.trigger === 'cron' && !event.payload.planned_for) await agent.sleep(4000);\nreturn 'done';",
      settings,
    ),
  );
  await home.open(page, '/schedule');
  await page.getByRole('radio', { name: 'What did not happen' }).click();
  const hole = page.getByRole('list', { name: 'What did not happen' }).getByRole('button').first();
  await expect(hole).toContainText('an earlier firing had not ended', { timeout: 15_000 });
  await hole.focus();
  await page.keyboard.press('Enter');
  const pane = page.getByRole('region', { name: 'The planned time' });
  await expect(pane).toContainText('an earlier firing had not ended');
  await pane.getByRole('button', { name: 'Run it now' }).click();
  await expect(page.getByText('“busy” runs for it now.')).toBeVisible();
});

test('the journal tells what happened, by kind, and holds together', async ({ home, page }) => {
  await home.create(scriptAgent('writer', "await agent.context.set('a', 1);\nreturn 1;"));
  await home.wake('writer');
  await home.open(page, '/agents/writer/journal');
  await expect(page.getByRole('row', { name: /Run done/ })).toBeVisible();
  await page.getByLabel('Kind').selectOption('event.accepted');
  await expect(page.getByRole('row')).toHaveCount(1);
  await page.getByRole('row').getByRole('button').click();
  await expect(page.getByRole('complementary', { name: /event.accepted|Entry/ })).toContainText('dedupeKey');
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(page.getByText(/unbroken, and replaying gives the live state/)).toBeVisible();
});
