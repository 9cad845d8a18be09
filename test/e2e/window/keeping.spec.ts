import { findings } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

/** Writes a key and tells what it was told. */
const writer = scriptAgent(
  'writer',
  "try { await agent.context.set('plan', 'mine'); } catch (error) { return 'refused: ' + error.code; }\nreturn 'written';",
);

test('a key is locked by keyboard, the agent is refused, a person writes it, and it is unlocked by mouse', async ({
  home,
  page,
}) => {
  await home.create(writer);
  await home.wake('writer');
  await home.open(page, '/agents/writer/context');
  await expect(page.getByRole('textbox', { name: 'Value of plan' })).toHaveText('"mine"');
  await page.getByRole('button', { name: /^Lock plan/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText(/Locked by .*The agent can read it, not write it/)).toBeVisible();
  await expect(page.getByRole('button', { name: /plan/ }).getByRole('img', { name: 'locked' })).toBeVisible();
  await home.wake('writer');
  await home.go(page, '/agents/writer/runs');
  await expect(page.getByRole('link', { name: 'refused: CONTEXT_KEY_LOCKED' })).toBeVisible();
  await home.go(page, '/agents/writer/context');
  await page.getByRole('textbox', { name: 'Value of plan' }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('"ours"');
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect(page.getByText('“plan” was written.')).toBeVisible();
  await page.getByRole('button', { name: 'Key', exact: true }).click();
  await page.getByLabel('Key', { exact: true }).fill('never');
  await page.getByRole('button', { name: 'Block' }).click();
  await expect(page.getByText('blocked, holds nothing')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await home.go(page, '/memory');
  await expect(page.getByRole('row', { name: /writer/ })).toContainText('2 locked');
  await home.go(page, '/agents/writer/context');
  await page.getByRole('button', { name: /^plan/ }).click();
  await page.getByRole('button', { name: 'Unlock plan' }).click();
  await expect(page.getByText('“plan” is unlocked.')).toBeVisible();
  await home.wake('writer');
  await expect(page.getByRole('textbox', { name: 'Value of plan' })).toHaveText('"mine"');
});

test('what all agents kept is moved through change by change, and one key of it is brought back', async ({
  home,
  page,
}) => {
  const counts = "await agent.context.set('n', (agent.context.get('n') ?? 0) + 1);\nreturn 'counted';";
  await home.create(scriptAgent('counter', counts));
  await home.create(scriptAgent('other', "await agent.context.set('place', 'harbour');\nreturn 1;"));
  await home.open(page, '/agents/counter/context');
  for (const n of ['1', '2', '3']) {
    await home.wake('counter');
    await expect(page.getByRole('textbox', { name: 'Value of n' })).toHaveText(n);
  }
  await home.wake('other');
  await home.go(page, '/memory');
  await expect(page.getByRole('row', { name: /other/ })).toContainText('place');
  await page.getByRole('button', { name: 'Look back' }).click();
  const slider = page.getByRole('slider');
  await expect(slider).toHaveAttribute('aria-valuetext', /other wrote place/);
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', /counter wrote n/);
  const counter = page.getByRole('listitem', { name: 'counter' });
  const other = page.getByRole('listitem', { name: 'other' });
  await expect(counter.getByRole('listitem').filter({ hasText: 'changed since' })).toContainText('1');
  await expect(other).toContainText('not there yet');
  await page.keyboard.press('ArrowRight');
  await expect(counter.getByRole('listitem').filter({ hasText: 'changed since' })).toContainText('2');
  await page.keyboard.press('End');
  await expect(page.getByText('0 of')).toHaveCount(0);
  await expect(counter).toContainText('as now');
  await page.getByRole('checkbox', { name: 'Only what changed since' }).click();
  await expect(page.getByText('Nothing has changed since.')).toBeVisible();
  await slider.focus();
  await page.keyboard.press('Home');
  await counter.getByRole('button', { name: 'Bring n of counter back' }).click();
  await expect(page.getByText('“n” of counter is as it was.')).toBeVisible();
  await expect(counter).toHaveCount(0);
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Back to now' }).click();
  await expect(page.getByRole('row', { name: /counter/ })).toBeVisible();
  await home.go(page, '/agents/counter/context');
  await expect(page.getByRole('textbox', { name: 'Value of n' })).toHaveText('1');
});

test('a secret is rotated by keyboard from the overview of all, and by mouse on the page of its agent', async ({
  home,
  page,
}) => {
  await home.create(
    scriptAgent(
      'caller',
      'return 1;',
      'secrets:\n  secrets: { api_key: first-value }\ntriggers:\n  - id: hook\n    type: webhook\n    webhook_path: /h\n    hmac_secret: secret://api_key\n',
    ),
  );
  await home.open(page, '/tools/secrets');
  const row = page.getByRole('listitem').filter({ hasText: 'api_key' });
  await expect(row).toContainText('set');
  await row.getByRole('button', { name: 'Rotate api_key of caller' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Rotate “api_key” of caller' });
  await expect(dialog.getByRole('list', { name: 'Who uses it' })).toContainText('Trigger hook');
  await expect(dialog.getByRole('button', { name: 'Rotate' })).toBeDisabled();
  expect(await findings(page)).toEqual([]);
  await page.keyboard.type('second-value-that-is-long');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('“api_key” of caller has a new value.')).toBeVisible();
  await expect(row).toContainText('rotated');
  await home.go(page, '/agents/caller/limits');
  await page.getByRole('button', { name: 'Rotate api_key' }).click();
  await page.getByRole('dialog').getByLabel('New value').fill('third-value-that-is-long');
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  await expect(page.getByText('api_key has a new value, given by')).toHaveCount(2);
  await expect(page.locator('body')).not.toContainText('third-value');
});

test('a server that a link offers is shown as it would run, and is added only after a yes', async ({
  home,
  page,
  complaints,
}) => {
  await home.create(scriptAgent('worker', 'return 1;'));
  const config = Buffer.from(
    JSON.stringify({ command: 'node', args: ['server.js', '; rm -rf /'], env: { API_TOKEN: '' } }),
  ).toString('base64');
  const link = `agentruntime://install-server?${new URLSearchParams({ name: 'files', config })}`;
  await home.open(page, '/tools/install');
  await page.getByLabel('Install link').fill('agentruntime://install-server?name=x&url=http%3A%2F%2Fevil.example');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('INSTALL_LINK_REFUSED');
  // The browser complains of every refusal.
  expect(complaints.splice(0)).toEqual([expect.stringContaining('422')]);
  await home.go(page, `/tools/install?link=${encodeURIComponent(link)}`);
  await expect(page.getByRole('region', { name: 'What would run' })).toHaveText(
    'API_TOKEN=… node server.js "; rm -rf /"',
  );
  await expect(page.getByRole('list', { name: 'What to know' })).toContainText('without a shell');
  const add = page.getByRole('button', { name: /^Add/ });
  await expect(add).toBeDisabled();
  await page.getByLabel('For which agent').selectOption('worker');
  await expect(add).toBeDisabled();
  const manifest = async () => JSON.stringify((await home.node.call('GET', '/processes/worker')).body);
  expect(await manifest()).not.toContain('server.js');
  await page.getByRole('textbox', { name: 'API_TOKEN' }).fill('secret://files_token');
  await page.getByRole('checkbox', { name: /I know where this comes from/ }).focus();
  await page.keyboard.press('Space');
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Add to worker' }).click();
  await expect(page.getByText('“files” was added to worker.')).toBeVisible();
  expect(await manifest()).toContain('secret://files_token');
  const { body } = await home.node.call('GET', '/processes/worker/servers/files/link');
  const { link: shared, left } = body as { link: string; left: string[] };
  expect(left).toEqual(['API_TOKEN']);
  expect(shared).toBe(link);
});
