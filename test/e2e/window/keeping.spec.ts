import { findings } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

/** Writes a key and tells what it was told. */
const writer = scriptAgent(
  'writer',
  "try { await agent.context.set('plan', 'mine'); } catch (error) { return 'refused: ' + error.code; }\nreturn 'written';",
);

test('a key is locked by keyboard, the agent is refused, a person writes it, and it is unlocked by mouse', async ({
  home,
  page,
}) => {
  await home.create(writer);
  await home.wake('writer');
  await home.open(page, '/agents/writer/context');
  await expect(page.getByRole('textbox', { name: 'Value of plan' })).toHaveText('"mine"');
  await page.getByRole('button', { name: /^Lock plan/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText(/Locked by .*The agent can read it, not write it/)).toBeVisible();
  await expect(page.getByRole('button', { name: /plan/ }).getByRole('img', { name: 'locked' })).toBeVisible();
  await home.wake('writer');
  await home.go(page, '/agents/writer/runs');
  await expect(page.getByRole('link', { name: 'refused: CONTEXT_KEY_LOCKED' })).toBeVisible();
  await home.go(page, '/agents/writer/context');
  await page.getByRole('textbox', { name: 'Value of plan' }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('"ours"');
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect(page.getByText('“plan” was written.')).toBeVisible();
  await page.getByRole('button', { name: 'Key', exact: true }).click();
  await page.getByLabel('Key', { exact: true }).fill('never');
  await page.getByRole('button', { name: 'Block' }).click();
  await expect(page.getByText('blocked, holds nothing')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await home.go(page, '/memory');
  await expect(page.getByRole('row', { name: /writer/ })).toContainText('2 locked');
  await home.go(page, '/agents/writer/context');
  await page.getByRole('button', { name: /^plan/ }).click();
  await page.getByRole('button', { name: 'Unlock plan' }).click();
  await expect(page.getByText('“plan” is unlocked.')).toBeVisible();
  await home.wake('writer');
  await expect(page.getByRole('textbox', { name: 'Value of plan' })).toHaveText('"mine"');
});
