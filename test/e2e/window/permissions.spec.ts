import { fileURLToPath } from 'node:url';
import { findings } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

const program = fileURLToPath(new URL('../../unit/tools/mcp/faulty-server.mjs', import.meta.url));
const call =
  "try { return (await agent.tool(event.payload.tool, {})) ?? 'done'; } catch (failure) { return failure.code; }";

/** Settings by which an agent uses servers of these names; each is a program of its own. */
function using(ledger: string, ...names: string[]): string {
  const servers = names.map((name) => {
    const args = JSON.stringify([program, 'many', name, '--ledger', ledger]);
    return `  ${name}: { command: ${JSON.stringify(process.execPath)}, args: ${args} }\n`;
  });
  return `servers:\n${servers.join('')}`;
}

test('who may use which built-in tool stands in one grid, and is changed in place', async ({ home, page }) => {
  const settings = `approvals:\n  tools: [write_*]\ncontext:\n  file_mounts:\n    out: { path: ${JSON.stringify(home.outDir)}, mode: read_write }\n`;
  await home.create(scriptAgent('writer', 'return 1;', settings));
  await home.open(page, '/tools/permissions');
  const cell = (words: string) => page.getByRole('button', { name: `writer, ${words}`, exact: true });
  const search = (tool: string) => page.getByRole('searchbox', { name: 'Search tools' }).fill(tool);
  await search('file');
  await expect(cell('write_file: asks you first')).toBeVisible();
  await expect(cell('read_file: allowed')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await search('');
  // By mouse, then by keys; what cannot be changed here says why.
  await cell('emit_event: allowed').click();
  await page.getByRole('menuitem', { name: 'Asks you first' }).click();
  await expect(cell('emit_event: asks you first')).toBeVisible();
  await cell('emit_event: asks you first').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Never' }).focus();
  await page.keyboard.press('Enter');
  await expect(cell('emit_event: never')).toBeVisible();
  // A tool of a wider rule becomes an exception to it.
  await search('write_file');
  await cell('write_file: asks you first').click();
  await page.getByRole('menuitem', { name: 'Allowed' }).click();
  await expect(cell('write_file: allowed')).toBeVisible();
  const { body } = await home.node.call('GET', '/processes/writer');
  const { manifest } = body as { manifest: string };
  expect(manifest).toContain('emit_event: false');
  expect(manifest).toContain('"!write_file"');
  await search('http_fetch');
  await cell('http_fetch: never').click();
  await page.getByRole('menuitem', { name: 'Allowed' }).click();
  await expect(page.getByText('Name the hosts first')).toBeVisible();
  await home.go(page, '/agents/writer/files');
  await expect(page.getByRole('region', { name: 'Folders' })).toContainText('may read and write');
});

test('tools of servers stand in it by server, by keys alone; what is set there is what happens', async ({
  home,
  page,
}) => {
  const ledger = `${home.outDir}/ledger`;
  await home.create(scriptAgent('buyer', call, using(ledger, 'shop')));
  await home.create(scriptAgent('plain', 'return 1;'));
  const came = async (tool: string) => {
    const event = await home.wake('buyer', { tool });
    let output: unknown;
    await expect
      .poll(async () => {
        const { body } = await home.node.call('GET', `/runs?process=buyer&limit=20`);
        const run = (body as { items: { eventId: string; endedAt: number | null; output: unknown }[] }).items.find(
          (one) => one.eventId === event && one.endedAt !== null,
        );
        output = run?.output;
        return run !== undefined;
      })
      .toBe(true);
    return output;
  };
  await home.open(page, '/tools');
  await expect(page.getByText('Agents are set to use shop.')).toBeVisible();
  await page.getByRole('link', { name: 'Who may use them' }).press('Enter');
  const grid = page.getByRole('grid', { name: 'Grid of permissions' });
  await expect(grid.getByRole('button', { name: /^shop/ })).toBeVisible();
  // One Tab leads in, arrows to the row that asks the server for its tools.
  await page.getByRole('searchbox', { name: 'Search agents' }).focus();
  await page.keyboard.press('Tab');
  await expect(grid.locator(':focus')).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect(grid.getByRole('button', { name: /Ask it now/ })).toBeFocused();
  await page.keyboard.press('Enter');
  const head = grid.getByRole('button', { name: /^shop/ });
  await expect(head).toContainText(/\d\d tools/);
  await head.focus();
  await expect(head).toHaveAttribute('aria-expanded', 'true');
  const cell = (words: string | RegExp) => page.getByRole('button', { name: words });
  const choose = async (name: string) => {
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name, exact: true }).focus();
    await page.keyboard.press('Enter');
  };
  // All of the server asks; one of it never, and one is allowed for all that.
  await page.keyboard.press('ArrowRight');
  await expect(cell('buyer, all of shop: allowed')).toBeFocused();
  await choose('Asks you first');
  await expect(cell('buyer, all of shop: asks you first')).toBeFocused();
  await page.getByRole('searchbox', { name: 'Search tools' }).fill('shop.e');
  await cell(/^buyer, shop\.effect/).focus();
  await choose('Allowed');
  await expect(cell('buyer, shop.effect: allowed, by a rule of its own')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(cell('buyer, shop.echo: asks you first')).toBeFocused();
  await choose('Never');
  await expect(cell('buyer, shop.echo: never, by a rule of its own')).toBeFocused();
  expect(await came('shop.effect')).toBe('done');
  expect(await came('shop.echo')).toBe('TOOL_UNKNOWN');
  const waits = await home.wake('buyer', { tool: 'shop.put' });
  await expect
    .poll(async () => JSON.stringify((await home.node.call('GET', '/inbox')).body))
    .toContain('wants to use shop.put');
  expect(waits).toBeTruthy();
  await choose('As all of shop');
  await expect(cell('buyer, shop.echo: asks you first')).toBeFocused();
  // What is known of a tool, and one that changed since it was approved.
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toContainText('only reads');
  await expect(page.getByRole('dialog')).toContainText('is not trusted');
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox', { name: 'Search tools' }).fill('effect');
  await cell(/^buyer, shop\.change-effect/).focus();
  await choose('Allowed');
  await expect(cell('buyer, shop.change-effect: allowed, by a rule of its own')).toBeVisible();
  await came('shop.change-effect');
  const changed = cell(/^buyer, shop\.effect: .*not as it was approved/);
  await changed.focus();
  await choose('Approve it as it is now');
  await expect(changed).toHaveCount(0);
  expect(await came('shop.effect')).toBe('done');
  expect(await findings(page)).toEqual([]);
});

test('3 servers of 40 tools and 50 agents: what is out of sight is not drawn', async ({ home, page }) => {
  test.setTimeout(180_000);
  const ledger = `${home.outDir}/ledger`;
  const settings = using(ledger, 'shop', 'mail', 'wiki');
  const names = Array.from({ length: 50 }, (_, n) => `agent-${10 + n}`);
  await Promise.all(
    names.map((name) => home.node.call('POST', '/processes', { manifest: scriptAgent(name, call, settings) })),
  );
  await home.node.call('POST', '/processes/agent-10/tools/ask', {});
  await home.open(page, '/tools/permissions');
  const grid = page.getByRole('grid', { name: 'Grid of permissions' });
  await expect(grid).toHaveAttribute('aria-colcount', '51');
  const elements = () => grid.evaluate((element) => element.querySelectorAll('*').length);
  const folded = await elements();
  await page.getByRole('searchbox', { name: 'Search tools' }).fill('.');
  await expect.poll(async () => Number(await grid.getAttribute('aria-rowcount'))).toBeGreaterThan(115);
  const open = await elements();
  expect(folded).toBeLessThan(2_500);
  expect(open).toBeLessThan(2_500);
  // The far corner is one key away.
  await grid.getByRole('button', { name: /^mail/ }).focus();
  await page.keyboard.press('Control+End');
  await expect(grid.getByRole('button', { name: /^agent-59, wiki\./ }).last()).toBeFocused();
  expect(await elements()).toBeLessThan(2_500);
  expect(await findings(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
});
