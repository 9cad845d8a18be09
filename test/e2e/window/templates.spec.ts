import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunBrief } from '../../../src/shared/views.ts';
import { expect, test } from './window-test.ts';

const ids = readdirSync(join(import.meta.dirname, '../../../resources/templates'));

test('the window offers every template that comes with the program', async ({ home, page }) => {
  await home.open(page, '/templates');
  const links = page.getByRole('main').getByRole('listitem').getByRole('link');
  await expect(links).toHaveCount(ids.length);
  expect(ids.length).toBeGreaterThanOrEqual(10);
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
