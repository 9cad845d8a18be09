import type { Page } from '@playwright/test';
import { findingsInAllLooks } from './findings.ts';
import { expect, type Home, missesMs, scriptAgent, test } from './window-test.ts';

const once = 'trigger_delivery:\n  max_retries: 0\n';
/** Fails, and does not when it is delivered again. */
const sync = scriptAgent(
  'sync',
  "if (!event.metadata.redelivered_by) throw new Error('no answer');\nreturn 'fine';",
  once,
);
const fragile = scriptAgent(
  'fragile',
  "if (event.payload.bad) throw new Error('it broke');\nreturn 'fine';",
  `${once}max_consecutive_failures: 1\n`,
);
const brief = scriptAgent(
  'brief',
  "if (event.payload.day) await agent.tool('report_result', { text: event.payload.day + ': 12 orders' });\nreturn 1;",
);
const poller = scriptAgent(
  'poller',
  'return 1;',
  'triggers:\n  - id: often\n    type: cron\n    cron_expression: "* * * * * *"\n    catch_up: none\n',
);

async function keys(page: Page, ...pressed: string[]): Promise<void> {
  for (const key of pressed) await page.keyboard.press(key);
}

/** The inbox as the API tells it, when it is as it should be. */
async function expectInbox(home: Home, query: string, count: number): Promise<{ title: string }[]> {
  let items: { title: string }[] = [];
  await expect(async () => {
    const { body } = await home.node.call('GET', `/inbox${query}`);
    ({ items } = body as { items: { title: string }[] });
    expect(items).toHaveLength(count);
  }).toPass();
  return items;
}

const badge = (page: Page) => page.getByRole('navigation', { name: 'Screens' }).first().getByText('waiting for you');

test('failures, missed times and results are dealt with by mouse, in every look', async ({ home, page }) => {
  for (const manifest of [sync, brief, poller]) await home.create(manifest);
  for (let times = 0; times < 2; times++) await home.wake('sync');
  await home.wake('brief', { day: 'Sunday' });
  await expectInbox(home, '?kind=finished', 1);
  await expect(async () => {
    const { body } = await home.node.call('GET', '/runs?process=poller');
    expect((body as { items: unknown[] }).items.length).toBeGreaterThan(0);
  }).toPass();
  await home.restart(missesMs);
  await expectInbox(home, '?kind=missed,failure', 2);
  await home.open(page, '/inbox');
  await expect(page.getByText('2 things to look at.')).toBeVisible();
  await expect(badge(page)).toBeAttached();
  await expect(page.getByRole('heading', { name: '2 runs of sync failed' })).toBeVisible();
  expect(await findingsInAllLooks(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('button', { name: 'Next item' }).click();
  await expect(page.getByRole('heading', { name: /poller missed/ })).toBeVisible();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('button', { name: 'Failure 1' }).click();
  await expect(page.getByRole('link', { name: /poller missed/ })).toBeHidden();
  await page.getByRole('button', { name: 'Deliver all 2 again' }).click();
  await expect(page.getByText('1 thing to look at.')).toBeVisible();
  await expect(async () => {
    const { body } = await home.node.call('GET', '/runs?process=sync&state=done');
    expect((body as { items: unknown[] }).items).toHaveLength(2);
  }).toPass();
  await expect(page.getByRole('heading', { name: /poller missed/ })).toBeVisible();
  await expect(page.getByText('the node was off')).not.toHaveCount(0);
  await page.getByRole('article').getByRole('button', { name: 'Skip' }).click();
  await expect(page.getByText('Nothing waits for you.')).toBeVisible();
  // A result is no reason for a badge.
  await expect(badge(page)).toBeHidden();
  await page.getByRole('radio', { name: 'Results (1)' }).click();
  await expect(page.getByText('Sunday: 12 orders').last()).toBeVisible();
  expect(await findingsInAllLooks(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('button', { name: 'Mark as read', exact: true }).click();
  await expect(page.getByText('Every result is read')).toBeVisible();
  await page.getByRole('radio', { name: 'Answered' }).click();
  await expect(page.getByRole('navigation', { name: 'Items' }).getByRole('link')).toHaveCount(3);
});

test('the same is done by keys: start, dismiss, snooze, choose, read and reply', async ({ home, page }) => {
  for (const manifest of [sync, brief, fragile]) await home.create(manifest);
  await home.wake('fragile', { bad: true });
  await expectInbox(home, '?kind=failure', 2);
  await home.wake('sync');
  for (const day of ['Saturday', 'Sunday', 'Monday']) await home.wake('brief', { day });
  await expectInbox(home, '?kind=failure', 3);
  await expectInbox(home, '?kind=finished', 3);
  await home.open(page, '/inbox');
  const heading = page.getByRole('article').getByRole('heading');
  await expect(heading).toHaveText('A run of fragile failed');
  const bar = page.getByRole('toolbar', { name: 'Chosen items' });
  await keys(page, 'x');
  await expect(bar).toContainText('1 chosen');
  await keys(page, 'Escape');
  await expect(bar).toBeHidden();
  await keys(page, 'j');
  await expect(heading).toHaveText('fragile has failed');
  await keys(page, 'e');
  await expect(page.getByText('2 things to look at.')).toBeVisible();
  const { body } = await home.node.call('GET', '/processes/fragile');
  expect((body as { state: string }).state).toBe('running');
  await expect(heading).toHaveText('A run of fragile failed');
  await keys(page, 'd');
  await expect(page.getByText('1 thing to look at.')).toBeVisible();
  await keys(page, 'z', 'Enter');
  await expect(page.getByText('Nothing waits for you.')).toBeVisible();
  await page.getByRole('radio', { name: 'Snoozed (1)' }).focus();
  await keys(page, 'Space');
  await expect(heading).toHaveText('A run of sync failed');
  await keys(page, 'x', 'd');
  await expect(page.getByText('Nothing is snoozed')).toBeVisible();
  await page.reload();
  await page.getByRole('radio', { name: 'Results (3)' }).focus();
  await keys(page, 'Space');
  await expect(page.getByRole('article')).toContainText('Monday: 12 orders');
  await keys(page, 'e');
  await expect(page.getByRole('article')).toContainText('Sunday: 12 orders');
  await keys(page, 'r');
  await page.keyboard.type('Which one is the largest?');
  await keys(page, 'Control+Enter');
  await expect(page.getByRole('article')).toContainText('Saturday: 12 orders');
  await expect(async () => {
    const runs = await home.node.call('GET', '/runs?process=brief&trigger=inbox');
    expect((runs.body as { items: unknown[] }).items).toHaveLength(1);
  }).toPass();
  await keys(page, 'x', 'd');
  await expect(page.getByText('Every result is read')).toBeVisible();
  await expectInbox(home, '', 0);
});
