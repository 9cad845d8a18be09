import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findingsInAllLooks } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

test('a run fills in while it goes on, and says what came of it', async ({ home, page }) => {
  await home.create(
    scriptAgent(
      'walker',
      "for (let n = 1; n <= 4; n++) {\n  await agent.context.set('at', n);\n  await agent.sleep(700);\n}\nreturn 'arrived';",
    ),
  );
  await home.open(page, '/agents/walker');
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Run of walker' })).toBeVisible();
  const steps = page.getByRole('table', { name: 'Steps' }).getByRole('row');
  await expect(page.getByRole('button', { name: 'Cancel', exact: true })).toBeVisible();
  await expect(page.getByRole('region', { name: 'What came of it' }).getByText('arrived')).toBeVisible({
    timeout: 15_000,
  });
  expect(await steps.count()).toBeGreaterThanOrEqual(8);
  await page.keyboard.press('c');
  await expect(page.getByRole('complementary', { name: 'Inspector' }).getByText('before').first()).toBeVisible();
  await steps
    .getByRole('button', { name: /set at/ })
    .first()
    .click();
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('Step 1');
});

test('a part of a run is looked at: drawn, moved, resized by keys, and the whole again', async ({ home, page }) => {
  const body =
    "for (let n = 1; n <= 12; n++) {\n  await agent.context.set('at', n);\n  await agent.sleep(120);\n}\nreturn 1;";
  await home.create(scriptAgent('strider', body));
  await home.wake('strider');
  await home.open(page, '/runs');
  await expect(page.getByRole('row', { name: /strider/ }).getByText('Done')).toBeVisible({ timeout: 15_000 });
  await page
    .getByRole('row', { name: /strider/ })
    .getByRole('link')
    .first()
    .click();
  const timeline = page.getByRole('region', { name: 'Timeline' });
  const begin = timeline.getByRole('slider', { name: 'Begin of what is shown' });
  const end = timeline.getByRole('slider', { name: 'End of what is shown' });
  const rows = timeline.getByRole('table', { name: 'Steps' });
  await expect(timeline.getByText('Whole run')).toBeVisible();
  const whole = Number(await rows.getAttribute('aria-rowcount'));
  const box = await timeline.getByTitle('Drag to look at a part; double click to see all').boundingBox();
  if (!box) throw new Error('The overview is not drawn.');
  const drag = async (from: number, to: number) => {
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + from * box.width, y);
    await page.mouse.down();
    await page.mouse.move(box.x + ((from + to) / 2) * box.width, y);
    await page.mouse.move(box.x + to * box.width, y);
    await page.mouse.up();
  };
  const edges = async () =>
    Promise.all([begin, end].map(async (handle) => Number(await handle.getAttribute('aria-valuenow'))));
  await drag(0.25, 0.5);
  await expect.poll(async () => Number(await rows.getAttribute('aria-rowcount'))).toBeLessThan(whole);
  const [drawnFrom = 0, drawnTo = 0] = await edges();
  const handle = await begin.boundingBox();
  expect(Math.abs((handle?.x ?? 0) + (handle?.width ?? 0) / 2 - box.x - 0.25 * box.width)).toBeLessThan(4);
  await drag(0.4, 0.6);
  const [movedFrom = 0, movedTo = 0] = await edges();
  expect(movedFrom).toBeGreaterThan(drawnFrom);
  expect(movedTo).toBeGreaterThan(drawnTo);
  await drag(0.7, 0.9);
  expect((await edges())[0]).toBe(movedFrom);
  expect((await edges())[1]).toBeGreaterThan(movedTo);
  await begin.focus();
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  expect((await edges())[0]).toBeLessThan(movedFrom);
  await page.keyboard.press('Home');
  await expect(begin).toHaveAttribute('aria-valuetext', 'at the begin');
  await page.keyboard.press('Escape');
  await expect(timeline.getByText('Whole run')).toBeVisible();
  await drag(0.3, 0.4);
  await expect(timeline.getByText(/of \d+ lines/)).toBeVisible();
  await page.mouse.dblclick(box.x + box.width * 0.8, box.y + box.height / 2);
  await expect(timeline.getByText('Whole run')).toBeVisible();
  await begin.focus();
  await page.keyboard.press('PageUp');
  expect(await findingsInAllLooks(page)).toEqual([]);
});

test('a failed run says why and what to do, and can be delivered again', async ({ home, page }) => {
  const settings = 'trigger_delivery:\n  max_retries: 0\n';
  await home.create(scriptAgent('stumbler', "throw new Error('no such account');", settings));
  await home.wake('stumbler');
  await home.open(page, '/runs');
  await expect(page.getByRole('row').getByText('Failed')).toHaveCount(1, { timeout: 15_000 });
  await page.getByRole('link', { name: /no such account/ }).click();
  await expect(page.getByRole('region', { name: 'Why it stopped' })).toContainText('no such account');
  await expect(page.getByRole('region', { name: 'Why it stopped' })).toContainText('SCRIPT_FAILED');
  const first = page.url();
  await page.getByRole('button', { name: 'Redeliver' }).click();
  await expect(page).not.toHaveURL(first);
  await home.go(page, '/runs');
  await expect(page.getByRole('row').getByText('Failed')).toHaveCount(2, { timeout: 15_000 });
});

test('a run that goes on is cancelled', async ({ home, page }) => {
  await home.create(scriptAgent('sleeper', 'await agent.sleep(600000);'));
  await home.wake('sleeper');
  await home.open(page, '/runs');
  await page.getByRole('row', { name: /sleeper/ }).click();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(page.getByRole('main').getByText('Cancelled', { exact: true }).first()).toBeVisible();
});

test('a question is answered by keyboard, and its run goes on', async ({ home, page }) => {
  await home.create(scriptAgent('asker', "return 'told: ' + await agent.ask('Which colour?');"));
  await home.wake('asker');
  await home.open(page, '/inbox');
  await expect(page.getByText('Which colour?').first()).toBeVisible();
  await expect(page.getByRole('link', { name: /Inbox/ }).first()).toContainText('1');
  await page.keyboard.press('r');
  await page.keyboard.type('blue');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('All clear')).toBeVisible();
  await home.go(page, '/agents/asker');
  await expect(page.getByRole('main').getByText('told: blue').first()).toBeVisible();
  await home.go(page, '/inbox');
  await page.getByRole('radio', { name: 'Answered' }).click();
  await expect(page.getByRole('article')).toContainText('Blue');
});

test('what it keeps is read, changed, taken back, and told by whom', async ({ home, page }) => {
  await home.create(scriptAgent('keeper', "await agent.context.set('limit', 5);\nreturn 1;"));
  await home.wake('keeper');
  await home.open(page, '/agents/keeper/context');
  const value = page.getByRole('textbox', { name: 'Value of limit' });
  await expect(value).toHaveText('5');
  await value.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('9');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('“limit” was written.')).toBeVisible();
  await expect(page.getByRole('list').filter({ hasText: 'its run' }).getByRole('listitem')).toHaveCount(2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(value).toHaveText('5');
});

test('a time that was skipped is found with its reason, and run after all', async ({ home, page }) => {
  const settings = 'triggers:\n  - type: cron\n    cron_expression: "* * * * * *"\n    overlap: skip\n';
  await home.create(
    scriptAgent(
      'busy',
      "if (event.trigger === 'cron' && !event.payload.planned_for) await agent.sleep(4000);\nreturn 'done';",
      settings,
    ),
  );
  await home.open(page, '/schedule');
  await page.getByRole('radio', { name: 'What did not happen' }).click();
  const hole = page.getByRole('list', { name: 'What did not happen' }).getByRole('button').first();
  await expect(hole).toContainText('an earlier firing had not ended', { timeout: 15_000 });
  await hole.focus();
  await page.keyboard.press('Enter');
  const pane = page.getByRole('region', { name: 'The planned time' });
  await expect(pane).toContainText('an earlier firing had not ended');
  await pane.getByRole('button', { name: 'Run it now' }).click();
  await expect(page.getByText('“busy” runs for it now.')).toBeVisible();
});

test('the journal tells what happened, by kind, and holds together', async ({ home, page }) => {
  await home.create(scriptAgent('writer', "await agent.context.set('a', 1);\nreturn 1;"));
  await home.wake('writer');
  await home.open(page, '/agents/writer/journal');
  await expect(page.getByRole('row', { name: /Run done/ })).toBeVisible();
  await page.getByLabel('Kind').selectOption('event.accepted');
  await expect(page.getByRole('row')).toHaveCount(1);
  await page.getByRole('row').getByRole('button').click();
  await expect(page.getByRole('complementary', { name: /event.accepted|Entry/ })).toContainText('dedupeKey');
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(page.getByText(/unbroken, and replaying gives the live state/)).toBeVisible();
});

test('a call is approved with other arguments, by keyboard', async ({ home, page }) => {
  const settings = `approvals:\n  tools: [write_file]\ncontext:\n  file_mounts:\n    out: { path: ${JSON.stringify(home.outDir)}, mode: read_write }\n`;
  await home.create(
    scriptAgent(
      'writer',
      "await agent.tool('write_file', { path: 'out/a.txt', content: 'first' });\nreturn 'written';",
      settings,
    ),
  );
  await home.wake('writer');
  await home.open(page, '/inbox');
  await expect(page.getByRole('article', { name: 'writer wants to use write_file' })).toBeVisible();
  await page.keyboard.press('Shift+E');
  const args = page.getByRole('textbox', { name: 'Arguments of the call' });
  await expect(args).toContainText('first');
  await args.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"path": "out/a.txt", "content": "second"}');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('All clear')).toBeVisible();
  await expect.poll(() => readFile(join(home.outDir, 'a.txt'), 'utf8')).toBe('second');
});

test('a call is denied with a reason, which the agent is told', async ({ home, page }) => {
  const settings = 'approvals:\n  tools: [emit_event]\n';
  await home.create(
    scriptAgent(
      'speaker',
      "try {\n  await agent.emit('news', {});\n} catch (refusal) {\n  return String(refusal.message);\n}\nreturn 'said';",
      settings,
    ),
  );
  await home.wake('speaker');
  await home.open(page, '/inbox');
  await page.getByRole('button', { name: 'Deny…' }).click();
  await page.getByLabel(/Why not/).fill('not today');
  await page.getByRole('button', { name: 'Deny' }).click();
  await expect(page.getByText('All clear')).toBeVisible();
  await home.go(page, '/agents/speaker');
  await expect(
    page
      .getByRole('main')
      .getByText(/not today/)
      .first(),
  ).toBeVisible();
});

test('a run is replayed, forked at a step with another result, and compared', async ({ home, page }) => {
  await home.create(
    scriptAgent(
      'chooser',
      "const colour = await agent.ask('Which colour?');\nawait agent.context.set('colour', colour);\nreturn 'painted ' + colour;",
    ),
  );
  await home.wake('chooser');
  await home.open(page, '/inbox');
  await page.getByRole('textbox', { name: 'Your answer' }).fill('blue');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('All clear')).toBeVisible();
  await home.go(page, '/agents/chooser/runs');
  await page.getByRole('link', { name: /painted blue/ }).click();
  await page.getByRole('button', { name: 'More for this run' }).click();
  await page.getByRole('menuitem', { name: 'Replay from the record' }).click();
  await expect(page.getByRole('dialog')).toContainText('It goes the same way, to the same end.');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /Question to you/ }).click();
  await page.keyboard.press('b');
  const dialog = page.getByRole('dialog', { name: 'Fork at step 1' });
  await dialog.getByRole('radio', { name: 'Other result' }).click();
  const result = dialog.getByRole('textbox', { name: 'The result it gets' });
  await result.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('"green"');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('region', { name: 'What came of it' })).toContainText('painted green');
  await page.getByRole('button', { name: 'More for this run' }).click();
  await page.getByRole('menuitem', { name: 'Compare with…' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /painted blue/ })
    .click();
  await expect(page.getByText(/They part at step 1/)).toBeVisible();
});

test('what it keeps goes back to what it was after an entry', async ({ home, page }) => {
  await home.create(
    scriptAgent('counter', "await agent.context.set('count', (agent.context.get('count') ?? 0) + 1);\nreturn 1;"),
  );
  for (let times = 0; times < 2; times++) await home.wake('counter');
  await home.open(page, '/agents/counter/journal');
  await expect(page.getByRole('row', { name: /Run done/ })).toHaveCount(2);
  await page
    .getByRole('row', { name: /Run done/ })
    .last()
    .getByRole('button')
    .click();
  await page.getByRole('button', { name: 'Rewind to here…' }).click();
  await expect(page.getByRole('dialog')).toContainText('count');
  await page.getByRole('dialog').getByRole('button', { name: 'Rewind' }).click();
  await expect(page.getByText(/is back to entry/)).toBeVisible();
  await home.go(page, '/agents/counter/context');
  await expect(page.getByRole('textbox', { name: 'Value of count' })).toHaveText('1');
});

test('a day that is used up is topped up where it is seen', async ({ home, page }) => {
  await home.create(
    scriptAgent(
      'spender',
      "await agent.tool('get_context', { key: 'a' });\nreturn 'done';",
      'budget:\n  max_tool_calls_per_day: 1\n',
    ),
  );
  for (let times = 0; times < 2; times++) await home.wake('spender');
  await home.open(page, '/inbox');
  await expect(page.getByRole('article')).toContainText('has used up');
  await page.getByRole('button', { name: /Grant it/ }).click();
  await expect(page.getByText('All clear')).toBeVisible();
  await home.go(page, '/agents/spender/limits');
  await expect(page.getByRole('region', { name: 'Today' })).toContainText(/2 of \d+/);
});
