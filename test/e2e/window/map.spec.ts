import { findings, findingsInAllLooks } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

test('agents are connected without a mouse, and a loop says what keeps it from going round for ever', async ({
  home,
  page,
}) => {
  const hearing = (event: string, more = '') => `triggers:\n  - type: event\n    event_type: ${event}\n${more}`;
  await home.create(scriptAgent('ping', "await agent.emit('ball.ping', { n: 1 });\nreturn 'ping';"));
  await home.create(
    scriptAgent('pong', "await agent.emit('ball.pong', { n: 1 });\nreturn 'pong';", hearing('ball.ping')),
  );
  await home.wake('ping');
  await home.open(page, '/map');
  await expect(page.getByText(/^1 connection/)).toBeVisible();
  await page.getByRole('button', { name: 'Loops' }).focus();
  await page.keyboard.press('Enter');
  const pane = page.getByRole('complementary', { name: 'Loops' });
  await expect(pane).toContainText('No agent wakes itself');

  await page.getByRole('button', { name: 'Connect…' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Let one agent listen to another' });
  await dialog.getByLabel('Who tells').selectOption('pong');
  await dialog.getByLabel('Who listens').selectOption('ping');
  await dialog.getByLabel('Event', { exact: true }).fill('ball.pong.never');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('“ping” wakes by ball.pong.never.')).toBeVisible();

  const loop = pane.getByRole('region', { name: 'Loop of ping, pong, ping' });
  await expect(loop).toContainText('Nothing keeps it from going round for ever.');
  expect(await findingsInAllLooks(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await home.node.call('PATCH', '/processes/ping/budget', { changes: { max_runs_per_day: 20 } });
  await expect(loop).toContainText('a limit stops it', { timeout: 15_000 });
  await expect(loop).toContainText('20 runs a day');

  await loop.getByRole('button', { name: /ball\.ping: ping to pong/ }).focus();
  await page.keyboard.press('Enter');
  const edge = page.getByRole('complementary', { name: 'Connection' });
  await expect(edge).toContainText('from ping to pong');
  await expect(edge.getByRole('region', { name: 'ball.ping' }).first()).toContainText('n: 1');
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(pane).toBeVisible();
});

test('a connection shows what went along it, and not what went elsewhere', async ({ home, page }) => {
  const taking = (topic: string) =>
    `triggers:\n  - type: message\n    topic: ${topic}\n    rate_limit: { events: 9, per: 1m }\n`;
  await home.create(scriptAgent('sender', "await agent.send('work.sent', { from: 'sender' });\nreturn 'sent';"));
  await home.create(scriptAgent('taker', "return 'took';", taking('work.*')));
  await home.node.call('POST', '/messages', { topic: 'work.sent', content: { from: 'a person' } });
  await home.wake('sender');
  await home.open(page, '/map');
  const way = page.locator('.react-flow__edge[aria-label*="from sender to taker"]');
  await expect(way).toHaveCount(1, { timeout: 15_000 });
  await way.focus();
  await page.keyboard.press('Enter');
  const edge = page.getByRole('complementary', { name: 'Connection' });
  await expect(edge).toContainText('Wakes it by');
  await expect(edge).toContainText('at most 9 per 1m');
  await expect(edge).toContainText('from: sender');
  await expect(edge).not.toContainText('a person');
  await expect(edge.getByRole('link', { name: /^Settings/ })).toHaveAttribute('href', /select=trigger/);
});
