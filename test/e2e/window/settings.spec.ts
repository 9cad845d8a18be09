import { expect, test } from './window-test.ts';

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
