import { pairingLink, readPairingLink } from '../../../src/shared/pairing-link.ts';
import { PostgresServer, postgresBin } from '../../world/postgres-server.ts';
import { readQr } from '../../world/read-qr.ts';
import { findings } from './findings.ts';
import { paired, startSecond } from './second-node.ts';
import { expect, scriptAgent, test } from './window-test.ts';

test('two nodes are paired: a code on one screen, the same words on both, confirmed on both', async ({
  home,
  page,
  context,
}) => {
  test.setTimeout(120_000);
  const second = await startSecond();
  try {
    await home.open(page, '/cluster');
    await page.getByRole('switch', { name: 'Find each other on the network' }).click();
    await page.getByRole('button', { name: 'Begin', exact: true }).click();
    await expect(page.getByRole('list', { name: 'Nodes', exact: true }).getByRole('listitem')).toHaveCount(1);
    await page.getByRole('button', { name: 'Add a node' }).click();
    const shown = page.getByRole('dialog', { name: 'Add a node' });
    const code = (await shown.getByText(/^\d{4} \d{4}$/).innerText()).replace(/\D/g, '');
    const port = (await shown.locator('code').first().innerText()).split(':').at(-1);

    const other = await context.newPage();
    const { body } = await second.node.call('POST', '/session/codes', {});
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
      await expect(
        one.getByRole('list', { name: 'Nodes', exact: true }).getByRole('heading', { level: 2 }),
      ).toHaveCount(2, {
        timeout: 20_000,
      });
    }
  } finally {
    await second.end();
  }
});

test('a node joins by the link that the picture of a code shows: pasted, and opened', async ({
  home,
  page,
  context,
}) => {
  test.setTimeout(120_000);
  const second = await startSecond();
  try {
    await home.node.call('POST', '/cluster', { name: 'Home', nodeName: 'desk' });
    await home.open(page, '/cluster');
    await page.getByRole('button', { name: 'Add a node' }).click();
    const shown = page.getByRole('dialog', { name: 'Add a node' });
    const picture = shown.getByRole('img', { name: /for the camera/ });
    const width = Number((await picture.getAttribute('viewBox'))?.split(' ').at(-1));
    const link = readQr({ width, path: (await picture.locator('path').getAttribute('d')) ?? '' });
    const offer = readPairingLink(link);
    const code = (await shown.getByText(/^\d{4} \d{4}$/).innerText()).replace(/\D/g, '');
    expect(offer).toEqual({ address: await shown.locator('code').first().innerText(), code });
    expect(await findings(page)).toEqual([]);

    const other = await context.newPage();
    const { body } = await second.node.call('POST', '/session/codes', {});
    await other.goto(`${(body as { url: string }).url}&to=${encodeURIComponent('/cluster')}`);
    await other.getByLabel('Address of the hub').fill(link);
    const filled = async () => [
      await other.getByLabel('Address of the hub').inputValue(),
      await other.getByLabel('Code it shows').inputValue(),
    ];
    expect(await filled()).toEqual([offer?.address, code]);
    // As the app does with a link that was opened.
    const here = pairingLink({ address: `127.0.0.1:${offer?.address.split(':').at(-1)}`, code });
    await home.go(other, `/cluster?join=${encodeURIComponent(here)}`);
    await expect(other.getByLabel('Address of the hub')).toHaveValue(/^127/);
    await other.getByRole('button', { name: 'Ask to be paired' }).click();
    await expect(page.getByRole('list', { name: 'Words to compare' })).toBeVisible();
    await home.go(page, `/cluster?join=${encodeURIComponent(here)}`);
    await expect(page.getByText('this node is in Home already')).toBeVisible();
  } finally {
    await second.end();
  }
});

test('an agent is moved by keyboard and back by hand, a node is drained, and the window looks at the other one', async ({
  home,
  page,
}) => {
  test.setTimeout(120_000);
  const second = await startSecond();
  try {
    await paired(home.node, second.node);
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
    const owners = page.getByRole('table', { name: 'Who owns what' });
    await expect(owners.getByRole('row', { name: /wanderer attic 2/ })).toBeVisible();

    await there.getByRole('listitem').filter({ hasText: 'wanderer' }).dragTo(here);
    await expect(here).toContainText('wanderer', { timeout: 20_000 });
    await expect(owners.getByRole('row', { name: /wanderer desk 3/ })).toBeVisible();

    const desk = page
      .getByRole('list', { name: 'Nodes', exact: true })
      .getByRole('listitem')
      .filter({ hasText: 'this node' });
    await expect(desk.getByText('It takes agents in.')).toBeVisible();
    await expect(desk.getByRole('button', { name: 'Let agents in again' })).toHaveCount(0);
    await desk.getByRole('button', { name: 'Drain…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Drain it' }).click();
    await expect(desk.getByRole('status')).toContainText('Moved: wanderer', { timeout: 30_000 });
    await expect(there).toContainText('wanderer');
    await expect(desk.getByText('Drained', { exact: true })).toBeVisible();
    await expect(desk.getByRole('button', { name: 'Drain…' })).toHaveCount(0);
    // The others are told, and so is who comes later.
    await expect(async () => {
      const { body } = await second.node.call('GET', '/cluster');
      const nodes = (body as { nodes: { self: boolean; report: { drained: boolean } | null }[] }).nodes;
      expect(nodes.map(({ self, report }) => [self, report?.drained])).toContainEqual([false, true]);
    }).toPass();
    await page.reload();
    await desk.getByRole('button', { name: 'Let agents in again' }).click();
    await expect(page.getByText('Agents may live on desk again.')).toBeVisible();
    await expect(desk.getByRole('button', { name: 'Drain…' })).toBeVisible();
    await expect(desk.getByText('Drained', { exact: true })).toHaveCount(0);

    // Its place in this window leads to the node it lives on.
    await home.go(page, '/agents/wanderer');
    await page.getByRole('button', { name: 'Look at that node' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'wanderer' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Run now' })).toBeVisible();
    await page.getByRole('button', { name: /^Node: / }).click();
    await page.getByRole('menuitem', { name: /this computer/ }).click();
    await expect(page.getByText('“wanderer” lives on another node.')).toBeVisible();
    await page.getByRole('button', { name: /^Node: / }).click();
    await page.getByRole('menuitem').filter({ hasNotText: 'this computer' }).first().click();
    await home.go(page, '/agents');
    await expect(page.getByRole('row', { name: /wanderer/ })).toBeVisible();
  } finally {
    await second.end();
  }
});

test('where an agent may live is set in a form, and stands in its manifest', async ({ home, page }) => {
  test.setTimeout(120_000);
  const second = await startSecond();
  try {
    await paired(home.node, second.node);
    await home.create(scriptAgent('placed', 'return 1;'));
    await home.open(page, '/cluster');
    await page.getByRole('button', { name: 'Placement of placed' }).click();
    const dialog = page.getByRole('dialog', { name: 'Placement of placed' });
    await dialog.getByLabel('When its node is not heard of').selectOption('auto');
    await dialog.getByLabel('Labels a node must have').fill('gpu');
    await page.keyboard.press('Control+Enter');
    await expect(dialog).toBeHidden();
    const { body } = await home.node.call('GET', '/processes/placed');
    expect((body as { manifest: string }).manifest).toMatch(/placement:\n {2}failover: auto\n {2}labels:\n {4}- gpu/);
    const row = page.getByRole('table', { name: 'Who owns what' }).getByRole('row', { name: /placed/ });
    await expect(row).toContainText('goes on elsewhere', { timeout: 15_000 });
  } finally {
    await second.end();
  }
});

test('what is said of a node that might be lost comes true when it is; what it wrote alone is shown', async ({
  home,
  page,
}) => {
  test.setTimeout(180_000);
  const second = await startSecond();
  try {
    await paired(home.node, second.node);
    const make = async (name: string, settings: string) => {
      const manifest = scriptAgent(name, "await agent.emit('told', { n: event.payload.n });\nreturn 'done';", settings);
      const { status, body } = await second.node.call('POST', '/processes', { manifest, start: true });
      expect(status, JSON.stringify(body)).toBe(201);
    };
    await make('mover', 'placement: { failover: auto }\n');
    await make('stayer', '');
    const copies = async () => {
      const { body } = await second.node.call('GET', '/cluster/shipping');
      return (body as { copies: { standby: string | null; entries: number }[] }).copies;
    };
    const level = async () => (await copies()).filter(({ standby, entries }) => standby && entries === 0).length;
    await expect.poll(level, { timeout: 30_000 }).toBe(2);

    await home.open(page, '/cluster');
    const owners = page.getByRole('table', { name: 'Who owns what' });
    await expect(owners.getByRole('row', { name: /stayer attic 1 a person decides desk, up to date/ })).toBeVisible({
      timeout: 15_000,
    });
    const attic = page
      .getByRole('list', { name: 'Nodes', exact: true })
      .getByRole('listitem')
      // The words of a node's id may say "attic" as well.
      .filter({ has: page.getByRole('heading', { name: 'attic', level: 2 }) });
    await attic.getByRole('button', { name: 'If it were lost…' }).click();
    const plan = page.getByRole('dialog', { name: 'If attic were lost now' });
    await expect(plan.getByRole('list', { name: '1 agent would go on elsewhere' })).toContainText(
      /mover on desk within \d+ s/,
    );
    await expect(plan.getByRole('list', { name: '1 agent would wait' })).toContainText('Only a person');
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(attic.getByText('Alive', { exact: true })).toBeVisible();

    // While nobody takes copies, it does something that only it knows of, and is gone.
    process.kill(home.node.pid, 'SIGSTOP');
    await second.node.call('POST', '/processes/stayer/wake', { payload: { n: 1 } });
    const ended = async () => {
      const { body } = await second.node.call('GET', '/runs?process=stayer&state=done');
      return (body as { items: unknown[] }).items.length;
    };
    await expect.poll(ended, { timeout: 10_000 }).toBe(1);
    await second.node.kill();
    process.kill(home.node.pid, 'SIGCONT');

    await expect(attic.getByText(/Does not answer|Gone/).first()).toBeVisible({ timeout: 20_000 });
    await expect(owners.getByRole('row', { name: /mover desk 2/ })).toBeVisible({ timeout: 40_000 });
    await expect(owners.getByRole('row', { name: /stayer attic \(does not answer\) 1/ })).toBeVisible();
    await page.getByRole('button', { name: 'Take stayer over on desk' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Take it over' }).click();
    await expect(owners.getByRole('row', { name: /stayer desk 2/ })).toBeVisible({ timeout: 20_000 });

    await second.restart();
    const alone = page.getByRole('region', { name: 'Written alone' });
    await expect(alone).toContainText('stayer', { timeout: 40_000 });
    await alone.getByRole('button', { name: 'Look at it' }).click();
    const branch = page.getByRole('dialog', { name: 'What was done alone of stayer' });
    await expect(branch.getByRole('listitem').filter({ hasText: 'published' })).toContainText('told');
    await branch.getByRole('button', { name: 'I have seen to it' }).click();
    await expect(alone).toContainText('seen to');
    await expect(page.getByRole('list', { name: 'What happened lately' })).toContainText('attic');
  } finally {
    await second.end();
  }
});

test('a node goes to a shared database from the window, and is there after its next start', async ({ home, page }) => {
  test.skip(!postgresBin, 'no PostgreSQL here');
  test.setTimeout(120_000);
  const server = await PostgresServer.open();
  try {
    await home.create(scriptAgent('traveller', "return 'here';"));
    await home.node.call('POST', '/cluster', { name: 'Home', nodeName: 'desk' });
    await home.open(page, '/cluster');
    await page.getByLabel(/More than a hub can take/).fill(server.url());
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Copy them' }).click();
    await expect(page.getByText(/entries were copied and compared/)).toBeVisible({ timeout: 30_000 });
    await home.restart();
    await home.open(page, '/cluster');
    await expect(page.getByRole('region', { name: 'Database' })).toContainText('in use', { timeout: 20_000 });
    await expect(
      page.getByRole('table', { name: 'Who owns what' }).getByRole('row', { name: /traveller/ }),
    ).toBeVisible();
    await home.go(page, '/agents');
    await expect(page.getByRole('row', { name: /traveller/ }).getByText('Running')).toBeVisible();
  } finally {
    await home.node.kill();
    await server.close();
  }
});
