import { findingsInAllLooks } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

test('the limits of one agent are set by slider and number, with what that changes, and taken back', async ({
  home,
  page,
}) => {
  const manifest = scriptAgent('spender', 'return 1;', 'budget:\n  max_usd_per_day: 2 # enough\n');
  await home.create(manifest);
  const written = async () =>
    ((await home.node.call('GET', '/processes/spender')).body as { manifest: string; version: number }).manifest;
  await home.open(page, '/agents/spender/limits');
  await page.getByRole('button', { name: 'Set limits…' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'What spender may use' });
  const day = dialog.getByRole('group', { name: 'Each day' });
  const run = dialog.getByRole('group', { name: 'Each run' });
  await expect(day.getByRole('spinbutton', { name: 'Money' })).toHaveValue('2');
  await expect(dialog.getByRole('button', { name: 'Set' })).toBeDisabled();
  await day.getByRole('slider', { name: 'Money, by slider' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(day.getByRole('spinbutton', { name: 'Money' })).toHaveValue('2.1');
  await run.getByRole('spinbutton', { name: 'Model turns' }).fill('-3');
  await expect(dialog.getByRole('button', { name: 'Set' })).toBeDisabled();
  await run.getByRole('spinbutton', { name: 'Model turns' }).fill('8');
  const changes = dialog.getByRole('region', { name: 'Changes' });
  await expect(changes).toContainText('max_usd_per_day: 2.1 # enough');
  await expect(changes).toContainText('max_llm_turns_per_run: 8');
  expect(await findingsInAllLooks(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('The limits of “spender” are in force.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Today' })).toContainText('of 2.1 USD');
  expect(await written()).toContain('max_usd_per_day: 2.1 # enough\n  max_llm_turns_per_run: 8\n');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(written).toBe(manifest);
});

test('a budget that was switched off holds again with the first limit, and what is emptied leaves the manifest', async ({
  home,
  page,
}) => {
  await home.create(scriptAgent('spender', 'return 1;', 'budget:\n  enabled: false\n  max_tokens_per_day: 500\n'));
  const written = async () =>
    ((await home.node.call('GET', '/processes/spender')).body as { manifest: string }).manifest;
  await home.open(page, '/agents/spender/limits');
  const set = async (value: string) => {
    await page.getByRole('button', { name: 'Set limits…' }).click();
    const dialog = page.getByRole('dialog', { name: 'What spender may use' });
    await dialog.getByRole('group', { name: 'Each day' }).getByRole('spinbutton', { name: 'Tokens' }).fill(value);
    await dialog.getByRole('button', { name: 'Set' }).click();
    await expect(dialog).toBeHidden();
  };
  await set('900');
  await expect.poll(written).toContain('budget:\n  enabled: true\n  max_tokens_per_day: 900\n');
  await set('');
  await expect.poll(written).not.toContain('max_tokens_per_day');
});
