import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunBrief } from '../../../src/shared/views/views.ts';
import { expect, scriptAgent, test } from './window-test.ts';

const ids = readdirSync(join(import.meta.dirname, '../../../resources/templates'));

test('the window offers every template that comes with the program', async ({ home, page }) => {
  await home.open(page, '/templates');
  const links = page.getByRole('main').getByRole('listitem').getByRole('link');
  await expect(links).toHaveCount(ids.length);
  expect(ids.length).toBeGreaterThanOrEqual(10);
  await expect(page.getByText('costs nothing (no model)')).toHaveCount(ids.length);
});

for (const id of ids) {
  test(`${id} is created and has run, one click later and without a key`, async ({ home, page }) => {
    await home.open(page, `/templates/${id}`);
    await page.getByRole('button', { name: 'Create and run once' }).click();
    // One that wants to change itself asks first.
    const ended = page.getByRole('main').getByText(/^(?:Done|Waiting for you)$/);
    await expect(ended.first()).toBeVisible({ timeout: 30_000 });
    const { items } = (await home.node.call('GET', '/runs?limit=100')).body as { items: RunBrief[] };
    const outputs = items.map(({ output }) => String(output));
    expect(outputs.join('\n')).not.toMatch(/TypeError|undefined|\[object/);
    expect(items.filter(({ state }) => state === 'failed')).toEqual([]);
  });
}

test('agents are loaded from a folder by keys, and it says of each file what became of it', async ({ home, page }) => {
  await writeFile(join(home.outDir, 'good.agent'), scriptAgent('from-folder', 'return 1;'));
  await writeFile(join(home.outDir, 'bad.agent'), 'version: "1.0"\nname: NOT A NAME\n');
  await home.open(page, '/templates');
  await page.getByRole('button', { name: /Load/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Load .agent files' });
  await expect(dialog.getByRole('button', { name: 'Load' })).toBeDisabled();
  await dialog.getByLabel('File or folder').fill(home.outDir);
  await page.keyboard.press('Control+Enter');
  await expect(dialog.getByRole('status')).toContainText('bad.agent');
  await expect(dialog.getByRole('link', { name: 'from-folder' })).toBeVisible();
  await dialog.getByText('Close', { exact: true }).click();
  await expect(dialog).toBeHidden();
});
