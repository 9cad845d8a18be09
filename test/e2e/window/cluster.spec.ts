import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNode } from '../../world/node-child.ts';
import { expect, test } from './window-test.ts';

test('two nodes are paired: a code on one screen, the same words on both, confirmed on both', async ({
  home,
  page,
  context,
}) => {
  test.setTimeout(120_000);
  const folder = await mkdtemp(join(tmpdir(), 'agent-runtime-second-'));
  const second = await startNode(folder);
  try {
    await home.open(page, '/cluster');
    await page.getByRole('switch', { name: 'Find each other on the network' }).click();
    await page.getByRole('button', { name: 'Begin', exact: true }).click();
    await expect(page.getByRole('list', { name: 'Nodes' }).getByRole('listitem')).toHaveCount(1);
    await page.getByRole('button', { name: 'Add a node' }).click();
    const shown = page.getByRole('dialog', { name: 'Add a node' });
    const code = (await shown.getByText(/^\d{4} \d{4}$/).innerText()).replace(/\D/g, '');
    const port = (await shown.locator('code').first().innerText()).split(':').at(-1);

    const other = await context.newPage();
    const { body } = await second.call('POST', '/session/codes', {});
    await other.goto(`${(body as { url: string }).url}&to=${encodeURIComponent('/cluster')}`);
    await other.getByLabel('Address of the hub').fill(`127.0.0.1:${port}`);
    await other.getByLabel('Code it shows').fill(code);
    await other.keyboard.press('Enter');
    const words = (one: typeof page) => one.getByRole('list', { name: 'Words to compare' });
    await expect(words(other)).toBeVisible();
    await expect(words(page)).toBeVisible();
    expect(await words(page).innerText()).toBe(await words(other).innerText());
    for (const one of [page, other]) {
      await one.getByRole('button', { name: 'They are the same' }).focus();
      await one.keyboard.press('Enter');
    }
    for (const one of [page, other]) {
      await expect(one.getByRole('list', { name: 'Nodes' }).getByRole('heading', { level: 2 })).toHaveCount(2, {
        timeout: 20_000,
      });
    }
  } finally {
    await second.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
});
