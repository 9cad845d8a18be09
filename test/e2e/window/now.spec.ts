import { says } from '../../world/model-replies.ts';
import { startModelServer } from '../../world/model-server.ts';
import { findings } from './findings.ts';
import { expect, missesMs, scriptAgent, test } from './window-test.ts';

test('a run tells beside its time how near it is to the limit that it reaches first', async ({ home, page }) => {
  const models = await startModelServer();
  try {
    const slow = says('Done.', { delayMs: 45_000 });
    models.reply(slow);
    models.reply(slow);
    const agent = (name: string, limit: string) =>
      `version: "1.0"\nname: ${name}\nmodel:\n  id: openai-compatible:test\n  base_url: ${models.url}\ninstructions: Answer.\n${limit}\n`;
    await home.create(agent('few-turns', 'max_turns: 2'));
    await home.create(agent('short-time', 'max_invocation_time: 90s'));
    await home.wake('few-turns');
    await home.wake('short-time');
    await home.open(page, '/now');
    const running = page.getByRole('region', { name: 'Running now' });
    await expect(running.getByRole('link', { name: /few-turns/ })).toContainText('turn 1 of 2');
    await expect(running.getByRole('meter', { name: /few-turns has used/ })).toHaveAttribute('value', '50');
    await expect(running.getByRole('link', { name: /short-time/ })).toContainText(/ s of 1 min 30 s/);
    expect(await findings(page)).toEqual([]);
  } finally {
    await models.close();
  }
});

test('what was missed is run by mouse and skipped by key where it is told', async ({ home, page }) => {
  const schedule = 'triggers:\n  - id: often\n    type: cron\n    cron_expression: "* * * * * *"\n    catch_up: none\n';
  for (const name of ['one', 'two']) await home.create(scriptAgent(name, 'return 1;', schedule));
  const missed = async () => {
    const { body } = await home.node.call('GET', '/inbox?kind=missed');
    return (body as { items: { process: string }[] }).items.map(({ process }) => process).sort();
  };
  const runs = async () => {
    const { body } = await home.node.call('GET', '/runs?process=one&trigger=often');
    return (body as { items: unknown[] }).items.length;
  };
  await expect.poll(runs).toBeGreaterThan(0);
  await home.restart(missesMs);
  await expect.poll(missed).toEqual(['one', 'two']);
  await home.open(page, '/now');
  const list = page.getByRole('region', { name: 'Did not happen' });
  expect(await findings(page)).toEqual([]);
  await list.getByRole('button', { name: 'Run one now for what it missed' }).click();
  await expect(page.getByText('It runs for it now.')).toBeVisible();
  await expect.poll(missed).toEqual(['two']);
  await list.getByRole('button', { name: 'Skip what two missed' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Skipped.', { exact: true })).toBeVisible();
  await expect.poll(missed).toEqual([]);
  await expect(list.getByRole('link', { name: 'two' })).toBeFocused();
  await expect(list.getByRole('button')).toHaveCount(0);
});
