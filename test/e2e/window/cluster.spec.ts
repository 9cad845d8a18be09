import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NodeChild, startNode } from '../../world/node-child.ts';
import { expect, scriptAgent, test } from './window-test.ts';

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

type View = { pairings?: { id: string }[]; nodes: { name: string }[] };

/** Pairs the second node with the first one, as two people would do it. */
async function paired(first: NodeChild, second: NodeChild): Promise<void> {
  await first.call('POST', '/cluster', { name: 'Home' });
  const { body } = await first.call('POST', '/cluster/pairing-code', {});
  const { code, addresses } = body as { code: string; addresses: string[] };
  await second.call('POST', '/cluster/pair', { address: `127.0.0.1:${addresses[0]?.split(':').at(-1)}`, code });
  for (const one of [first, second]) {
    const { pairings = [] } = (await one.call('GET', '/cluster')).body as View;
    for (const { id } of pairings) await one.call('POST', `/cluster/pairings/${id}/confirm`, {});
  }
  await expect
    .poll(async () => ((await first.call('GET', '/cluster')).body as View).nodes.length, { timeout: 20_000 })
    .toBe(2);
}

test('an agent is moved to another node by keyboard, is drawn there, and the window looks at that node', async ({
  home,
  page,
}) => {
  test.setTimeout(120_000);
  const folder = await mkdtemp(join(tmpdir(), 'agent-runtime-second-'));
  const second = await startNode(folder);
  try {
    await paired(home.node, second);
    await home.create(scriptAgent('wanderer', "return 'here';"));
    await home.open(page, '/cluster');
    const homes = page.getByRole('list', { name: 'Nodes with their agents' });
    const [here, there] = [homes.getByRole('listitem', { name: /this node/ }), homes.locator('> li').nth(1)];
    await expect(here).toContainText('wanderer');
    await page.getByRole('button', { name: 'Move wanderer to another node' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await expect(page.getByText(/“wanderer” lives on/)).toBeVisible({ timeout: 20_000 });
    await expect(there).toContainText('wanderer');
    await expect(here).not.toContainText('wanderer');
    await page.getByRole('button', { name: /^Node: / }).click();
    await page.getByRole('menuitem').filter({ hasNotText: 'this computer' }).first().click();
    await home.go(page, '/agents');
    await expect(page.getByRole('row', { name: /wanderer/ })).toBeVisible();
  } finally {
    await second.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
});
