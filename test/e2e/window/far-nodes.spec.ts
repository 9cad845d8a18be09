import { findings } from './findings.ts';
import { paired, startSecond } from './second-node.ts';
import { expect, scriptAgent, test } from './window-test.ts';

const counting = "await agent.context.set('seen', event.payload.n);\nreturn 'seen ' + event.payload.n;";

test('what was deleted on one node is brought back, and purged, from the window of another', async ({ home, page }) => {
  test.setTimeout(120_000);
  const second = await startSecond();
  try {
    await paired(home.node, second.node);
    for (const name of ['keeper', 'goner']) {
      const manifest = scriptAgent(name, counting);
      expect((await second.node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
      await second.node.call('POST', `/processes/${name}/wake`, { payload: { n: 7 } });
    }
    const done = async () => {
      const { body } = await second.node.call('GET', '/runs?state=done');
      return (body as { items: unknown[] }).items.length;
    };
    await expect.poll(done).toBe(2);
    for (const name of ['keeper', 'goner']) await second.node.call('DELETE', `/processes/${name}`);

    await home.open(page, '/agents');
    await page.getByRole('button', { name: 'Trash' }).click();
    const trash = page.getByRole('list', { name: 'Deleted agents' });
    await expect(trash.getByRole('listitem').filter({ hasText: 'on attic' })).toHaveCount(2);
    expect(await findings(page)).toEqual([]);
    await trash.getByRole('button', { name: 'Restore keeper' }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByText('“keeper” is back, and stopped.')).toBeVisible();
    await trash.getByRole('button', { name: 'Delete now goner' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete for good' }).click();
    await expect(trash.getByRole('listitem')).toHaveCount(0);
    await page.keyboard.press('Escape');
    await home.go(page, '/agents/keeper');
    await page.getByRole('button', { name: 'Look at that node' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'keeper' })).toBeVisible();
    await expect(page.getByText('seen 7').first()).toBeVisible();
  } finally {
    await second.end();
  }
});

test('a node that was restored and paired anew says why nothing runs, and goes on once the old one is forgotten', async ({
  home,
  page,
  context,
}) => {
  test.setTimeout(180_000);
  const second = await startSecond();
  try {
    await paired(home.node, second.node);
    const manifest = scriptAgent('stays', counting);
    await second.node.call('POST', '/processes', { manifest, start: true });
    await second.node.call('POST', '/processes/stays/wake', { payload: { n: 1 } });
    const ended = async (count: number) => {
      const { body } = await second.node.call('GET', '/runs?process=stays&state=done');
      return (body as { items: unknown[] }).items.length === count;
    };
    await expect.poll(() => ended(1)).toBe(true);
    await second.restore();

    const other = await context.newPage();
    const { body } = await second.node.call('POST', '/session/codes', {});
    await other.goto(`${(body as { url: string }).url}&to=${encodeURIComponent('/agents/stays')}`);
    const banner = other.getByRole('alert').filter({ hasText: 'restored from a backup' }).first();
    await expect(banner).toBeVisible();
    await paired(home.node, second.node);
    await other.getByRole('button', { name: 'Let agents go on' }).click();
    const why = other.getByRole('alert').filter({ hasText: 'It works on nothing here' });
    await expect(why).toContainText(/attic \(\w+\) owns it/, { timeout: 15_000 });
    await second.node.call('POST', '/processes/stays/wake', { payload: { n: 2 } });
    expect(await findings(other)).toEqual([]);

    await home.open(page, '/cluster');
    const old = page
      .getByRole('list', { name: 'Nodes', exact: true })
      .getByRole('listitem')
      .filter({ hasText: 'Asleep' });
    await old.getByRole('button', { name: 'Forget…' }).focus();
    await page.keyboard.press('Enter');
    const question = page.getByRole('alertdialog');
    await expect(question).toContainText('1 agent of it would have no node here: stays.');
    await question.getByRole('button', { name: 'Forget it' }).click();
    await expect(old).toHaveCount(0);
    await expect(why).toBeHidden({ timeout: 30_000 });
    await expect.poll(() => ended(2), { timeout: 20_000 }).toBe(true);
  } finally {
    await second.end();
  }
});

test('costs and the forecast of all nodes stand together, and a node that is away is named as not among them', async ({
  home,
  page,
}) => {
  test.setTimeout(120_000);
  const second = await startSecond();
  try {
    await paired(home.node, second.node);
    const triggers = [{ type: 'cron', cron_expression: '0 9 * * *' }];
    for (const [node, name] of [
      [home.node, 'near'],
      [second.node, 'far'],
    ] as const) {
      const manifest = { version: '1.0', name, model: 'script', triggers, script: `export default async () => 1;` };
      expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
      await node.call('POST', `/processes/${name}/wake`, { payload: {} });
    }
    const done = async () =>
      ((await second.node.call('GET', '/runs?state=done')).body as { items: unknown[] }).items.length;
    await expect.poll(done).toBe(1);
    await home.open(page, '/costs');
    const agents = page.getByRole('table', { name: 'Agent' });
    await expect(agents.getByRole('row', { name: /near/ })).toBeVisible();
    await expect(agents.getByRole('row', { name: /far/ })).toHaveCount(0);
    await page.getByRole('radio', { name: 'All nodes' }).click({ timeout: 10_000 });
    await expect(agents.getByRole('row', { name: /far on attic/ })).toBeVisible();
    await expect(agents.getByRole('row', { name: /near on desk/ })).toBeVisible();
    await expect(page.getByRole('table', { name: 'Node' })).toContainText('attic');
    await expect(page.getByText('Limits are those of each node.')).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await home.go(page, '/schedule?show=plans');
    await page.getByRole('radio', { name: 'All nodes' }).click({ timeout: 10_000 });
    await expect(page.getByRole('row', { name: /far on attic/ })).toBeVisible();
    await second.node.kill();
    await home.go(page, '/costs');
    await page.getByRole('radio', { name: 'All nodes' }).click({ timeout: 10_000 });
    await expect(page.getByText('attic does not answer, so nothing of it is in this.')).toBeVisible({
      timeout: 40_000,
    });
    await expect(agents.getByRole('row', { name: /far/ })).toHaveCount(0);
  } finally {
    await second.end();
  }
});
