import { says } from '../../world/model-replies.ts';
import { startModelServer } from '../../world/model-server.ts';
import { findingsInAllLooks } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

test('a list stands still under the pointer, tells what is new, and shows it when the pointer leaves', async ({
  home,
  page,
}) => {
  await home.create(scriptAgent('maker', "return 'made ' + event.payload.n;"));
  await home.wake('maker', { n: 1 });
  await home.open(page, '/runs');
  const first = page.getByRole('link', { name: 'made 1' });
  await first.hover();
  const before = await first.boundingBox();
  await home.wake('maker', { n: 2 });
  await expect(page.getByRole('button', { name: '1 new run' })).toBeVisible();
  expect(await first.boundingBox()).toEqual(before);
  await page.getByRole('heading', { level: 1 }).hover();
  await expect(page.getByRole('link', { name: 'made 2' })).toBeVisible();
  await expect(page.getByRole('button', { name: '1 new run' })).toBeHidden();
});

test('an agent that stops stays where it is under the pointer, in a filter and in groups', async ({ home, page }) => {
  for (const name of ['alpha', 'beta', 'gamma']) await home.create(scriptAgent(name, 'return 1;'));
  await home.open(page, '/agents');
  const row = (name: string) => page.getByRole('row', { name: new RegExp(name) });
  await page
    .getByRole('group', { name: 'State' })
    .getByRole('button', { name: /Working/ })
    .click();
  await page.getByRole('combobox', { name: 'Group' }).selectOption('state');
  const beta = page.getByRole('link', { name: 'beta', exact: true });
  await beta.hover();
  const before = await beta.boundingBox();
  await home.node.call('POST', '/processes/alpha/stop', {});
  await expect(row('alpha').getByText('Stopped')).toBeVisible();
  expect(await beta.boundingBox()).toEqual(before);
  await page.getByRole('heading', { level: 1 }).hover();
  await expect(row('alpha')).toBeHidden();
});

test('a node that hangs is told, and the window goes on by itself when the node does', async ({ home, page }) => {
  test.setTimeout(90_000);
  await home.create(scriptAgent('alpha', 'return 1;'));
  await home.open(page, '/agents');
  await expect(page.getByRole('row', { name: /alpha/ }).getByText('Running')).toBeVisible();
  process.kill(home.node.pid, 'SIGSTOP');
  try {
    await expect(page.getByText('Disconnected')).toBeVisible({ timeout: 45_000 });
  } finally {
    process.kill(home.node.pid, 'SIGCONT');
  }
  await expect(page.getByRole('status').getByText('Live')).toBeVisible({ timeout: 15_000 });
  await home.node.call('POST', '/processes/alpha/suspend', {});
  await expect(page.getByRole('row', { name: /alpha/ }).getByText('Suspended')).toBeVisible();
});

test('what a model says is seen while it says it, and stands in the conversation', async ({ home, page }) => {
  const models = await startModelServer();
  try {
    const answer = 'The export stopped at two in the morning, and nobody was awake to see it.';
    models.reply(says(answer, { betweenChunksMs: 400 }));
    await home.create(
      `version: "1.0"\nname: talker\nmodel:\n  id: openai-compatible:test\n  base_url: ${models.url}\ninstructions: Answer shortly.\n`,
    );
    await home.open(page, '/agents/talker/conversation');
    await expect(page.getByRole('region', { name: 'What the model sees' })).toContainText('instructions');
    await page.getByRole('textbox', { name: 'Say something to talker' }).fill('What happened?');
    await page.keyboard.press('Enter');
    const speaking = page.getByRole('listitem').filter({ hasText: 'The export' });
    await expect(speaking).toBeVisible({ timeout: 20_000 });
    expect(await speaking.innerText()).not.toContain('awake to see it');
    await expect(page.getByRole('listitem').filter({ hasText: answer })).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole('listitem').filter({ hasText: 'What happened?' })).toBeVisible();
    await expect(page.getByText('2 messages that it still sees')).toBeVisible();
  } finally {
    await models.close();
  }
});

test('the next day is looked ahead at: by dragging, by keys, and back to now', async ({ home, page }) => {
  const cron = 'triggers:\n  - type: cron\n    cron_expression: "0 */30 * * * *"\n';
  await home.create(scriptAgent('half-hourly', "await agent.sleep(50);\nreturn 'ok';", cron));
  await home.wake('half-hourly');
  await home.open(page, '/now');
  const cursor = page.getByRole('slider', { name: 'Look ahead' });
  await expect(cursor).toHaveAttribute('aria-valuetext', 'now');
  const strip = await page.getByTitle('Drag to look ahead').boundingBox();
  if (!strip) throw new Error('The strip is not drawn.');
  await page.mouse.move(strip.x + 2, strip.y + 10);
  await page.mouse.down();
  await page.mouse.move(strip.x + strip.width * 0.3, strip.y + 10);
  await page.mouse.move(strip.x + strip.width * 0.5, strip.y + 10);
  await page.mouse.up();
  const ahead = page.getByRole('region', { name: 'Looking ahead' });
  await expect(ahead.getByRole('list', { name: 'Fires' })).toContainText('half-hourly');
  await expect(ahead).toContainText('Nobody, as runs went before.');
  await expect(ahead).toContainText(/2[3-6] runs/);
  await expect(cursor).toHaveAttribute('aria-valuenow', '24');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(cursor).toHaveAttribute('aria-valuenow', '29');
  await page.keyboard.press('End');
  await expect(ahead).toContainText(/4[78] runs/);
  expect(await findingsInAllLooks(page)).toEqual([]);
  await cursor.focus();
  await page.keyboard.press('Escape');
  await expect(ahead).toBeHidden();
  await cursor.focus();
  await page.keyboard.press('ArrowRight');
  await expect(ahead).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  await expect(ahead).toBeHidden();
});
