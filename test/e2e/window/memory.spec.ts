import { expect, scriptAgent, test } from './window-test.ts';

test('what agents keep is looked at as it was, and all of them are searched by keyboard', async ({ home, page }) => {
  await home.create(
    scriptAgent(
      'counter',
      "const n = (agent.context.get('count') ?? 0) + 1;\nawait agent.context.set('count', n);\nawait agent.memory.store('The lighthouse was painted ' + n + ' times.');\nreturn n;",
    ),
  );
  await home.create(scriptAgent('other', "await agent.context.set('place', 'harbour');\nreturn 1;"));
  for (const name of ['counter', 'counter', 'other']) await home.wake(name);
  await home.open(page, '/agents/counter/context');
  await expect(page.getByRole('textbox', { name: 'Value of count' })).toHaveText('2');
  await page.getByRole('button', { name: 'Look back' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('slider').focus();
  await page.keyboard.press('Home');
  const kept = page.getByRole('list', { name: 'What it kept then' });
  await expect(kept).toContainText('not there yet');
  await home.go(page, '/memory');
  await expect(page.getByRole('row', { name: /other/ })).toContainText('place');
  await page.keyboard.press('/');
  await page.keyboard.type('lighthouse');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: '1 agent of 2' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('The lighthouse was painted 2 times.');
});

test('who may use which tool stands in one grid', async ({ home, page }) => {
  const settings = `approvals:\n  tools: [write_*]\ncontext:\n  file_mounts:\n    out: { path: ${JSON.stringify(home.outDir)}, mode: read_write }\n`;
  await home.create(scriptAgent('writer', 'return 1;', settings));
  await home.open(page, '/tools/permissions');
  const row = page.getByRole('row', { name: /writer/ });
  await expect(row.getByRole('link', { name: 'write_file: asks you first' })).toBeVisible();
  await expect(row.getByRole('link', { name: 'read_file: allowed' })).toBeVisible();
  await expect(row.getByRole('link', { name: 'http_fetch: never' })).toBeVisible();
  await home.go(page, '/agents/writer/files');
  await expect(page.getByRole('region', { name: 'Folders' })).toContainText('may read and write');
});

test('a person writes to an agent, and its next run is shown it; an event is published by hand', async ({
  home,
  page,
}) => {
  const settings = 'triggers:\n  - type: event\n    event_type: orders.created\n';
  await home.create(scriptAgent('listener', "return 'order ' + event.payload.data.n;", settings));
  await home.open(page, '/agents/listener/letters');
  await page.getByRole('textbox', { name: 'Write to listener' }).fill('Be short.');
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  const letter = page.getByRole('listitem').filter({ hasText: 'Be short.' });
  await expect(letter).toContainText('waits for its next run');
  await home.go(page, '/map');
  await page.getByRole('button', { name: 'Say something…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Type').fill('orders.created');
  await dialog.getByRole('textbox', { name: 'Content' }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"n": 7}');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('Published.')).toBeVisible();
  await home.go(page, '/agents/listener/letters');
  await expect(letter).toContainText('was shown', { timeout: 15_000 });
  await home.go(page, '/agents/listener/runs');
  await expect(page.getByRole('link', { name: 'order 7' })).toBeVisible();
});
