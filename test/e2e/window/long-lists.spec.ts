import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { startChild } from '../../../bench/child.ts';
import { beginCount, countRenders, renders } from './row-renders.ts';
import { test as base, expect } from './window-test.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** In the page: how the last runs of the agents in sight went has been read, and nothing more comes by itself. */
const everyStripStands = `(() => {
  const end = document.querySelector('[role=table]').getBoundingClientRect().bottom;
  const rows = [...document.querySelectorAll('[data-row]')].filter((row) => row.getBoundingClientRect().top < end);
  return rows.every((row) => row.querySelector('svg[role=img]') !== null);
})()`;

/** Long lists stay fast because little is done for each row; what is counted here is that work, never the time it takes. */
const test = base.extend<{ open: (place: string, eventsPerSecond?: number) => Promise<void> }>({
  open: async ({ page }, use) => {
    const ends: (() => Promise<void>)[] = [];
    await countRenders(page);
    await use(async (place, eventsPerSecond = 0.001) => {
      const size = ['--agents', '1000', '--runs', '100000', '--events', String(eventsPerSecond)];
      const { ready, kill } = await startChild(['test/renderer/fixture/main.ts', ...size], root);
      ends.push(kill);
      await page.goto(`${ready['url']}&to=${encodeURIComponent(place)}`);
      await expect(page.locator('[data-row="0"] a[href]').first()).toBeVisible();
      await rested(page);
      if (place === '/agents') await expect.poll(() => page.evaluate(everyStripStands)).toBe(true);
    });
    for (const end of ends) await end();
  },
});

/** Places of the rows that are drawn, in the order they have in the page. */
async function drawn(page: Page): Promise<number[]> {
  return await page
    .locator('[data-row]')
    .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-row'))));
}

/** At rest rows stand in the page in their own order, and the list was not moved for a while. */
async function rested(page: Page): Promise<void> {
  let before = '';
  await expect
    .poll(async () => {
      const now = await page.locator('[data-row]').evaluateAll((rows) => rows.map((row) => row.textContent).join());
      const isSame = now.replace(/\d/g, '') === before;
      before = now.replace(/\d/g, '');
      return isSame;
    })
    .toBe(true);
}

async function scrollBy(page: Page, pixels: number): Promise<void> {
  await page.evaluate(`document.querySelector('[role=table]').scrollBy(0, ${pixels})`);
}

for (const list of ['/agents', '/runs']) {
  test(`${list}: rows that stay are not drawn again while the list is scrolled`, async ({ open, page }) => {
    await open(list);
    const before = await drawn(page);
    const last = Math.max(...before);
    await beginCount(page);
    await scrollBy(page, 10 * 44);
    await expect.poll(async () => Math.max(...(await drawn(page)))).toBeGreaterThan(last);
    await rested(page);
    const counts = await renders(page);
    const cameIntoSight = (row: number) => row > last - 6;
    const again = Object.keys(counts)
      .map(Number)
      .filter((row) => before.includes(row) && !cameIntoSight(row));
    expect(again, 'rows that stayed').toEqual([]);
    expect(Object.keys(counts).length, 'rows that came').toBeGreaterThanOrEqual(10);
  });

  test(`${list}: a row that comes takes the elements of one that left`, async ({ open, page }) => {
    await open(list);
    await scrollBy(page, 2_000);
    await rested(page);
    await page.evaluate(`
      globalThis.made = 0;
      new MutationObserver((changes) => {
        for (const { target, addedNodes } of changes)
          if (target.nodeType === 1 && target.closest('[role=row]'))
            for (const node of addedNodes) made += node.nodeType === 1 ? 1 + node.querySelectorAll('*').length : 0;
      }).observe(document.querySelector('[role=table]'), { subtree: true, childList: true })`);
    const first = (await drawn(page))[0] ?? 0;
    await scrollBy(page, 660);
    await expect.poll(async () => (await drawn(page))[0] ?? 0).toBeGreaterThanOrEqual(first + 15);
    // Agents have one to three triggers, and a strip of how they went.
    const made = await page.evaluate<number>('globalThis.made');
    expect(made, 'elements made for 15 rows').toBeLessThan(40);
  });

  test(`${list}: rows have no menus, tips or clipped icons of their own, and few elements`, async ({ open, page }) => {
    await open(list);
    const found = await page.evaluate<Record<string, number>>(`({
      rows: document.querySelectorAll('[data-row]').length,
      elements: document.querySelectorAll('[data-row] *').length,
      parts: document.querySelectorAll('[data-row] [data-state], [role=menu], [role=tooltip]').length,
      strokes: Math.max(...[...document.querySelectorAll('[data-row] .glyph')].map((icon) => icon.childElementCount)),
      clipped: [...document.querySelectorAll('[data-row] .glyph')].filter((icon) => getComputedStyle(icon).overflow !== 'visible').length,
      faded: [...document.querySelectorAll('[data-row] *')].filter((one) => getComputedStyle(one).opacity === '0').length,
    })`);
    expect(found).toMatchObject({ parts: 0, strokes: 1, clipped: 0, faded: 0 });
    expect((found['elements'] ?? 0) / (found['rows'] ?? 1), 'elements of a row').toBeLessThan(
      list === '/agents' ? 46 : 22,
    );
  });
}

test('/runs: rows that nothing happened to are not drawn again, however often the list is read', async ({
  open,
  page,
}) => {
  await open('/runs', 50);
  const read = () => page.waitForResponse((reply) => new URL(reply.url()).pathname === '/api/v1/runs');
  await read();
  await beginCount(page);
  for (let times = 0; times < 3; times++) await read();
  expect(await renders(page)).toEqual({});
});

test('/agents: only rows to whose agent something happened are drawn again', async ({ open, page }) => {
  await open('/agents', 10);
  await beginCount(page);
  await expect.poll(async () => Object.keys(await renders(page)).length, { timeout: 30_000 }).toBeGreaterThan(0);
  const drawnAgain = Object.keys(await renders(page));
  // A run that began since the window was opened is the last one of whom something happened to.
  const lastRuns = await page
    .locator('[data-row]')
    .evaluateAll((rows) => rows.map((row) => [row.getAttribute('data-row'), row.innerHTML.includes('run_live_')]));
  expect(lastRuns.filter(([row, isNew]) => drawnAgain.includes(String(row)) && !isNew)).toEqual([]);
  expect(lastRuns.some(([, isNew]) => !isNew)).toBe(true);
});

test('a menu that is open closes when its row becomes that of another agent', async ({ open, page }) => {
  await open('/agents');
  const row = page.locator('[data-row="2"]');
  await row.hover();
  await row.getByRole('button', { name: /^More for/ }).click();
  await expect(page.getByRole('menu')).toHaveCount(1);
  await scrollBy(page, 9_000);
  await expect(page.getByRole('menu')).toHaveCount(0);
});

test('the row under the pointer has its buttons, whichever agent it became by scrolling', async ({ open, page }) => {
  await open('/agents');
  const row = page.locator('[data-row="4"]');
  await row.hover();
  await expect(row.getByRole('button', { name: /^Suspend|^Resume/ })).toBeVisible();
  const { x = 0, y = 0 } = (await row.boundingBox()) ?? {};
  await page.mouse.wheel(0, 44 * 40);
  await rested(page);
  await page.mouse.move(x + 300, y + 21);
  await expect(page.locator('[data-row] button[aria-label^="Run "]')).toHaveCount(1);
  const at = await page.evaluate<number>(
    `Number(document.elementFromPoint(${x + 300}, ${y + 21}).closest('[data-row]').dataset.row)`,
  );
  await expect(page.locator(`[data-row="${at}"]`).getByRole('button', { name: /^Run / })).toBeVisible();
});
