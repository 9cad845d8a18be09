import { readFile } from 'node:fs/promises';
import { findingsInAllLooks } from './findings.ts';
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

test('what is forgotten leaves a receipt, which is looked at by keys, checked again and exported, and never says it', async ({
  home,
  page,
}) => {
  const fact = 'The spare key lies under the third flowerpot';
  await home.create(scriptAgent('keeper', 'return 1;'));
  await home.node.call('POST', '/processes/keeper/memory', { content: fact });
  await home.open(page, '/agents/keeper/memory');
  await page.getByRole('button', { name: 'Forget it' }).click();
  const panel = page.getByRole('region', { name: 'Forgotten, with proof' });
  const receipt = panel.getByRole('button', { name: /1 memory.*Found nowhere/ });
  await receipt.focus();
  await page.keyboard.press('Enter');
  const looked = panel.getByRole('region', { name: 'Where it was looked for' });
  await expect(looked).toContainText('Looked for right after');
  await expect(looked.getByRole('listitem').filter({ hasText: 'Nothing found: Journal, keeper' })).toHaveCount(1);
  await page.keyboard.press('Tab');
  await expect(panel.getByRole('button', { name: 'Check again' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(looked).toContainText('Looked for again');
  expect(await findingsInAllLooks(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  const coming = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Export as JSON' }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^keeper-.{8}\.receipt\.json$/);
  const text = await readFile(await download.path(), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ process: 'keeper', count: 1, check: { clean: true } });
  expect(text).not.toContain('flowerpot');
  await home.node.call('POST', '/processes/keeper/memory', { content: fact });
  await panel.getByRole('button', { name: 'Check again' }).click();
  await expect(looked.getByRole('listitem').filter({ hasText: 'Found: Memory, keeper' })).toHaveCount(1);
  await expect(panel.getByRole('button', { name: /Found in \d places/ })).toBeVisible();
});
