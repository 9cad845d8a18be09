import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, scriptAgent, test } from './window-test.ts';

const row = (name: string) => ({ name: new RegExp(`\\b${name}\\b`) });

async function keys(page: Page, ...pressed: string[]): Promise<void> {
  for (const key of pressed) await page.keyboard.press(key);
}

/** An agent that writes a file, and asks before. */
const writer = (name: string, folder: string) =>
  scriptAgent(
    name,
    `await agent.tool('write_file', { path: 'out/${name}.md', content: '# ${name}' });\nreturn 'Written.';`,
    `approvals:\n  tools: [write_file]\ncontext:\n  file_mounts:\n    out: { path: ${JSON.stringify(folder)}, mode: read_write }\n`,
  );

test('agents are grouped, the trash gives one back, and what runs for an agent is shown', async ({ home, page }) => {
  await home.create(scriptAgent('alpha', 'return 1;', 'tags: [data]\n'));
  await home.create(scriptAgent('beta', 'return 1;', 'tags: [team]\n'));
  await home.open(page, '/agents');
  await expect(page.getByRole('row', row('alpha'))).toBeVisible();
  await page.getByRole('combobox', { name: 'Group' }).selectOption('tag');
  await expect(page.getByRole('row', { name: 'data 1' })).toBeVisible();
  // Keys pass by the heads of groups.
  await keys(page, 'Escape', 'j');
  await expect(page.getByRole('link', { name: 'alpha' })).toBeFocused();
  await keys(page, 'j');
  await expect(page.getByRole('link', { name: 'beta' })).toBeFocused();
  await expect(page.getByText(/^node .+MB/)).toBeVisible();
  await home.node.call('DELETE', '/processes/beta');
  await expect(page.getByRole('row', row('beta'))).toBeHidden();
  await page.getByRole('button', { name: 'Trash' }).focus();
  await keys(page, 'Enter');
  await expect(page.getByRole('dialog', { name: 'Trash' }).getByText('gone for good')).toBeVisible();
  await page.getByRole('button', { name: 'Restore beta' }).focus();
  await keys(page, 'Enter');
  await expect(page.getByText('The trash is empty.')).toBeVisible();
  await keys(page, 'Escape');
  await expect(page.getByRole('row', row('beta')).getByText('Stopped')).toBeVisible();
});

test('inbox items are snoozed, chosen and approved together by keys', async ({ home, page }) => {
  for (const name of ['one', 'two', 'three']) {
    await home.create(writer(name, home.outDir));
    await home.wake(name);
  }
  await home.open(page, '/inbox');
  await expect(page.getByText('3 runs wait for you.')).toBeVisible();
  await keys(page, 'z');
  await expect(page.getByRole('dialog', { name: 'Snooze' })).toBeVisible();
  await keys(page, 'ArrowDown', 'Enter');
  await expect(page.getByText('2 runs wait for you.')).toBeVisible();
  await expect(page.getByRole('link', { name: /^Inbox/ }).first()).toContainText('2');
  await home.restart();
  await expect(page.getByText('2 runs wait for you.')).toBeVisible();
  await page.getByRole('radio', { name: 'Snoozed (1)' }).click();
  await expect(page.getByText('Snoozed: back in')).toBeVisible();
  await keys(page, 'z');
  await expect(page.getByText('Nothing is snoozed')).toBeVisible();
  await page.getByRole('radio', { name: 'Open' }).click();
  await expect(page.getByText('3 runs wait for you.')).toBeVisible();
  await keys(page, 'x', 'j', 'j', 'Shift+X');
  const bar = page.getByRole('toolbar', { name: 'Chosen items' });
  await expect(bar).toContainText('3 chosen');
  await keys(page, 'e');
  await expect(page.getByText('Nothing waits for you.')).toBeVisible();
  await expect(() => expect(readFileSync(join(home.outDir, 'two.md'), 'utf8')).toBe('# two')).toPass();
});

test('always allow says for what, and holds for that', async ({ home, page }) => {
  await home.create(writer('one', home.outDir));
  await home.wake('one');
  await home.open(page, '/inbox');
  await expect(page.getByRole('heading', { name: /one wants to use write_file/ })).toBeVisible();
  await keys(page, 'a');
  await expect(page.getByRole('button', { name: /Every call of write_file by one/ })).toBeVisible();
  await keys(page, '2');
  await expect(page.getByText('Nothing waits for you.')).toBeVisible();
  const { body } = await home.node.call('GET', '/processes/one/approvals');
  expect(JSON.stringify(body)).toContain('"call":"write_file:');
});

test('a run is noted by key and found by the words of the note', async ({ home, page }) => {
  await home.create(scriptAgent('counter', "return 'rows: ' + event.payload.rows;"));
  await home.wake('counter', { rows: 12 });
  await home.wake('counter', { rows: 1204 });
  await home.open(page, '/runs');
  await page.getByRole('link', { name: 'rows: 12', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Run of counter' })).toBeVisible();
  await keys(page, 'n');
  await page.keyboard.type('the export was cut off');
  await keys(page, 'Control+Enter');
  await expect(page.getByRole('region', { name: 'Note' })).toContainText('the export was cut off');
  await home.go(page, '/runs');
  await expect(page.getByText('2 runs', { exact: true })).toBeVisible();
  await keys(page, '/');
  await page.keyboard.type('cut off');
  await expect(page.getByRole('link', { name: 'rows: 1204' })).toBeHidden();
  await expect(page.getByRole('link', { name: 'rows: 12', exact: true })).toBeVisible();
});

test('a tool is tried by hand, once that was confirmed', async ({ home, page }) => {
  await home.create(
    scriptAgent(
      'worker',
      'return 1;',
      `context:\n  file_mounts:\n    out: { path: ${JSON.stringify(home.outDir)}, mode: read_write }\n`,
    ),
  );
  await home.open(page, '/tools/try?process=worker&tool=write_file');
  const path = page.getByRole('textbox', { name: /^Path/ });
  await path.focus();
  await page.keyboard.type('out/hand.md');
  await keys(page, 'Tab');
  await page.keyboard.type('# By hand');
  await expect(page.getByRole('button', { name: 'Call it' })).toBeDisabled();
  await page.getByRole('checkbox', { name: 'I want this to happen' }).focus();
  await keys(page, 'Space', 'Control+Enter');
  await expect(page.getByRole('link', { name: 'Its run, step by step' })).toBeVisible();
  expect(readFileSync(join(home.outDir, 'hand.md'), 'utf8')).toBe('# By hand');
  await expect(page.getByRole('heading', { name: 'Tried by hand before' })).toBeVisible();
});

test('a pause window is made in a form, and the forecast counts it in', async ({ home, page }) => {
  const hourly = 'triggers:\n  - id: hourly\n    type: cron\n    cron_expression: "0 * * * *"\n';
  await home.create(scriptAgent('hourly', 'return 1;', hourly));
  await home.open(page, '/schedule?show=plans');
  await expect(page.getByRole('rowheader', { name: /hourly/ })).toBeVisible();
  await page.getByRole('button', { name: 'Add' }).focus();
  await keys(page, 'Enter');
  await page.keyboard.type('Quiet hours');
  await keys(page, 'Control+Enter');
  await expect(page.getByRole('list', { name: 'Pause windows' }).getByText(/^22:00 to 07:00, every day/)).toBeVisible();
  const forecast = page.getByRole('row', { name: /hourly/ });
  await expect(forecast.getByRole('cell').nth(1)).toHaveText('63');
  await page.getByRole('button', { name: 'Remove Quiet hours' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText(/^22:00 to 07:00, every day/)).toBeVisible();
});
