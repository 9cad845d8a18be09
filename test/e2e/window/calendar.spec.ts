import type { Page } from '@playwright/test';
import { findings, findingsInAllLooks } from './findings.ts';
import { expect, missesMs, scriptAgent, test } from './window-test.ts';

const hour = 3_600_000;
const quarter = hour / 4;
/** About noon of the next week's Wednesday: on the next page of the calendar, with days of that page on both sides. */
function nextWednesday(): number {
  const wall = new Date().toLocaleString('sv', { timeZone: 'Europe/Berlin' }).slice(0, 10);
  const sinceMonday = (new Date(wall).getUTCDay() + 6) % 7;
  return Date.parse(wall) + (9 - sinceMonday) * 24 * hour + 11 * hour;
}

const grid = (page: Page) => page.getByRole('grid', { name: 'Calendar' });
const schedule = 'triggers:\n  - type: cron\n    cron_expression: "7 * * * *"\n';

/** The one-off of an agent as the node has it. */
async function placed(home: { node: { call(method: string, path: string): Promise<{ body: unknown }> } }) {
  const { body } = await home.node.call('GET', `/schedule?once=true&to=${Date.now() + 14 * 24 * hour}`);
  const { items } = body as { items: { instant: number; eventId: string; outcome: string }[] };
  return items[0];
}

test.use({ viewport: { width: 1440, height: 900 }, timezoneId: 'Europe/Berlin', locale: 'en-GB' });

test('what was set once is dragged to another time, undone, and what repeats says why it stays', async ({
  home,
  page,
}) => {
  await home.create(scriptAgent('report', 'return 1;', schedule));
  const at = nextWednesday();
  await home.node.call('POST', '/processes/report/wake', { payload: {}, at });
  await home.open(page, '/schedule');
  await page.getByRole('button', { name: 'Later' }).click();
  const block = grid(page).getByRole('button', { name: /^\d\d:\d\d report, .*Can be moved/ });
  const repeats = grid(page)
    .getByRole('button', { name: /^12:07 report, .*: planned$/ })
    .first();
  // What is read later makes room beside it, and would take it from under the pointer.
  await expect(repeats).toBeAttached();
  await block.scrollIntoViewIfNeeded();
  await expect(block).toBeVisible();
  expect(await findings(page)).toEqual([]);
  const box = await block.boundingBox();
  const cell = await grid(page).locator('[data-cell="0:0"]').boundingBox();
  if (!box || !cell) throw new Error('nothing to drag');
  await page.mouse.move(box.x + 10, box.y + 5);
  await page.mouse.down();
  await page.mouse.move(box.x + 10, box.y + 5 + cell.height / 2, { steps: 4 });
  await expect(page.getByRole('status').filter({ hasText: 'Let go to drop it' })).toBeVisible();
  await page.mouse.up();
  await expect(page.getByText(/“report” was moved to/)).toBeVisible();
  await expect.poll(async () => (await placed(home))?.instant).toBe(at + 2 * quarter);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => (await placed(home))?.instant).toBe(at);
  await expect(grid(page).getByRole('button', { name: /^1[23]:00 report, .*Can be moved/ })).toBeVisible();

  await repeats.scrollIntoViewIfNeeded();
  const fixed = await repeats.boundingBox();
  if (!fixed) throw new Error('nothing is planned');
  await page.mouse.move(fixed.x + 8, fixed.y + 6);
  await page.mouse.down();
  await page.mouse.move(fixed.x + 8, fixed.y + 40, { steps: 3 });
  await expect(page.getByText('It repeats, so it cannot be moved by itself.').first()).toBeVisible();
  await page.mouse.up();
});

test('by keys alone a one-off is set, found, carried, put back, dropped and taken back', async ({ home, page }) => {
  await home.create(scriptAgent('report', 'return 1;'));
  await home.open(page, '/schedule');
  await expect(grid(page)).toBeVisible();
  const once = page.getByRole('button', { name: 'Run once…' });
  await once.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Run once' });
  await expect(dialog.getByLabel('Agent')).toBeFocused();
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(once).toBeFocused();
  // Where it can be carried both ways, whatever day it is.
  await page.getByRole('button', { name: 'Later' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Today' })).toBeEnabled();
  const hourOfIt = grid(page).locator('[data-cell="2:12"]');
  await hourOfIt.focus();
  await page.keyboard.press('Enter');
  await expect(dialog.getByLabel('Agent')).toBeFocused();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText(/“report” runs once/)).toBeVisible();
  // A dialog gives the focus back as it goes, which would take it from what is focused before.
  await expect(dialog).toBeHidden();
  await expect(hourOfIt).toBeFocused();
  const first = (await placed(home))?.instant ?? 0;
  const block = grid(page).getByRole('button', { name: /^\d\d:\d\d report, .*Can be moved/ });
  await block.focus();
  await page.keyboard.press('Enter');
  const carrying = page.getByRole('status').filter({ hasText: 'Arrows move it' });
  await expect(carrying).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await expect(carrying).toBeHidden();
  expect((await placed(home))?.instant).toBe(first);
  await block.focus();
  await page.keyboard.press('Space');
  await expect(carrying).toBeVisible();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowUp']) await page.keyboard.press(key);
  await page.keyboard.press('Space');
  await expect(page.getByText(/“report” was moved to/)).toBeVisible();
  await expect.poll(async () => (await placed(home))?.instant).toBe(first + quarter + 24 * hour);
  await expect(block).toBeFocused();
  const pane = page.getByRole('region', { name: 'The planned time' });
  await page.keyboard.press('Enter');
  await expect(carrying).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(carrying).toBeHidden();
  await pane.getByRole('button', { name: 'Take back' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('“report” will not run then.')).toBeVisible();
  await expect.poll(async () => (await placed(home))?.outcome).toBe('cancelled');
});

test('the arrows go through its hours and times, a page further and back, and an empty hour sets a one-off', async ({
  home,
  page,
}) => {
  await home.create(scriptAgent('report', 'return 1;', schedule.replace('7 *', '7 9-14')));
  await home.open(page, '/schedule');
  await page.getByRole('button', { name: 'Later' }).click();
  const planned = grid(page)
    .getByRole('button', { name: /^12:07 report, .*: planned$/ })
    .nth(2);
  await planned.focus();
  const focused = () =>
    page.evaluate<[number, number]>(
      '[Number(document.activeElement.dataset.day), Number(document.activeElement.dataset.minute)]',
    );
  const [day = 0, minute = 0] = await focused();
  await page.keyboard.press('ArrowUp');
  const [, above = 0] = await focused();
  expect(above).toBeLessThan(minute);
  await page.keyboard.press('ArrowDown');
  expect(await focused()).toEqual([day, minute]);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'The planned time' })).toContainText('It repeats');
  await page.keyboard.press('Escape');
  await page.keyboard.press('PageUp');
  await expect(page.getByRole('button', { name: 'Today' })).toBeEnabled();
  await expect.poll(async () => (await focused())[0]).toBe(day);
  await page.keyboard.press('PageDown');
  await page.keyboard.press('PageDown');
  await page.keyboard.press('Home');
  await expect.poll(async () => (await focused())[1]).toBeLessThan(60);
  await page.getByRole('radio', { name: 'Day' }).click();
  await expect(grid(page).getByRole('columnheader')).toHaveCount(2);
  await grid(page)
    .getByRole('gridcell', { name: /20:00: nothing/ })
    .focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Run once' }).getByLabel('Time')).toHaveValue(/T20:00$/);
});

test('when the node was off is hatched, and says why by a key', async ({ home, page }) => {
  test.setTimeout(150_000);
  const settings = 'triggers:\n  - type: cron\n    cron_expression: "* * * * * *"\n    catch_up: none\n';
  await home.create(scriptAgent('ticker', 'return 1;', settings));
  await expect.poll(async () => (await home.node.call('GET', '/runs')).body).toMatchObject({ items: [{}, {}] });
  await home.restart(missesMs);
  await home.open(page, '/schedule');
  const hole = grid(page)
    .getByRole('button', { name: /ticker.*: the node was off/ })
    .first();
  await hole.focus();
  await page.keyboard.press('Enter');
  const pane = page.getByRole('region', { name: 'The planned time' });
  await expect(pane).toContainText('Whythe node was off');
  await expect(pane.getByRole('button', { name: 'Run it now' })).toBeVisible();
  const often = grid(page)
    .getByRole('button', { name: /^ticker .* times from / })
    .first();
  await often.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'What falls together' })).toContainText(/ticker/);
  expect(await findingsInAllLooks(page)).toEqual([]);
});

test('what comes back to the inbox is in the calendar, and is carried to another day by keys', async ({
  home,
  page,
}) => {
  await home.create(scriptAgent('asker', "return agent.ask('Which colour?');"));
  await home.wake('asker');
  const first = async () => {
    const { body } = await home.node.call('GET', '/inbox');
    return (body as { items: { id: string; snoozedUntil: number | null }[] }).items[0];
  };
  await expect.poll(first).toBeTruthy();
  const until = nextWednesday();
  await home.node.call('POST', `/inbox/${(await first())?.id}/snooze`, { until });
  await home.open(page, '/schedule');
  await page.getByRole('button', { name: 'Later' }).click();
  const block = grid(page).getByRole('button', { name: /asker asks.*comes back.*Can be moved/ });
  await block.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: 'Arrows move it' })).toBeVisible();
  for (const key of ['ArrowLeft', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
  await expect(page.getByText(/“asker asks” was moved to/)).toBeVisible();
  await expect.poll(async () => (await first())?.snoozedUntil).toBe(until - 24 * hour + quarter);
  await expect(block).toBeFocused();
});

test('the zone of the window is that of the calendar, and the first day of the week is its first column', async ({
  home,
  page,
}) => {
  await home.create(
    scriptAgent('report', 'return 1;', 'triggers:\n  - type: cron\n    cron_expression: "30 9 * * *"\n'),
  );
  await home.open(page, '/settings/region');
  await page.getByRole('combobox', { name: 'Time zone' }).selectOption('Asia/Tokyo');
  await page.getByRole('radio', { name: 'Saturday' }).click();
  await home.go(page, '/schedule');
  await expect(grid(page).getByRole('columnheader').nth(1)).toContainText('Sat');
  await page.getByRole('button', { name: 'Later' }).click();
  await expect(grid(page).getByRole('button', { name: /^18:30 report, .*: planned$/ })).toHaveCount(7);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test('one day is shown, and what falls on the same minute is one block that opens', async ({ home, page }) => {
    for (const name of ['one', 'two', 'three']) await home.create(scriptAgent(name, 'return 1;', schedule));
    await home.open(page, '/schedule');
    await expect(grid(page).getByRole('columnheader')).toHaveCount(2);
    const last = await page.getByRole('radio', { name: 'Pauses' }).boundingBox();
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(390);
    await page.getByRole('button', { name: 'Later' }).click();
    const block = grid(page)
      .getByRole('button', { name: /3 agents 3 times, .*: planned/ })
      .first();
    await block.click();
    const together = page.getByRole('region', { name: 'What falls together' });
    await expect(together.getByRole('button', { name: /one|two|three/ })).toHaveCount(3);
    expect(await findings(page)).toEqual([]);
    await together.getByRole('button', { name: /two/ }).click();
    await expect(page.getByRole('region', { name: 'The planned time' })).toContainText('It repeats');
  });
});
