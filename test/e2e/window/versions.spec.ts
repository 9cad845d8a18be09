import { expect, scriptAgent, test } from './window-test.ts';

test('what changed from version to version is read, and an earlier one is put in force again by keyboard', async ({
  home,
  page,
}) => {
  await home.create(scriptAgent('noted', 'return 1;', 'description: First words.\n'));
  const manifest = scriptAgent('noted', 'return 1;', 'description: Other words.\n');
  await home.node.call('PUT', '/processes/noted', { manifest, reason: 'said better' });
  await home.open(page, '/agents/noted/versions');
  const list = page.getByRole('region', { name: 'Versions' });
  await expect(list.getByRole('button', { name: /Version 2/ })).toContainText('said better');
  const changes = page.getByRole('region', { name: 'Changes' });
  await expect(changes).toContainText('First words.');
  await expect(changes).toContainText('Other words.');
  await list.getByRole('button', { name: /Version 1/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Restore…' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('alertdialog');
  await dialog.getByRole('textbox', { name: 'Why' }).fill('it was better');
  await dialog.getByRole('button', { name: 'Restore it' }).focus();
  await page.keyboard.press('Enter');
  await expect(list.getByRole('button', { name: /Version 3/ })).toContainText('it was better');
  await expect(page.getByRole('banner').or(page.getByRole('main')).getByText('First words.').first()).toBeVisible();
});

test('what an agent may change about itself is said, and what is locked', async ({ home, page }) => {
  const settings = 'execution_mode: open\nopen_mode:\n  allow_process_spawn: true\n  locked: [instructions]\n';
  await home.create(scriptAgent('evolver', 'return 1;', settings));
  await home.open(page, '/agents/evolver/versions');
  const panel = page.getByRole('region', { name: 'It may change itself' });
  await expect(panel).toContainText('create other agents');
  await expect(panel).toContainText('Locked for it: instructions');
  await expect(panel).toContainText('It has changed nothing so far.');
});
