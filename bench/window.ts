import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright';
import { findChromium } from '../test/electron-standin/find-chromium.ts';
import { startChild } from './child.ts';

/**
 * What the window costs in a real Chromium, before a node that makes up its answers: 1,000 agents, 100,000 runs, a run
 * of 5,000 steps, and 50 changes a second that go on all the time. Run: node bench/window.ts [--json]
 */
const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const size = ['--agents', '1000', '--runs', '100000', '--steps', '5000', '--events', '50'];

interface Figure {
  what: string;
  value: number;
  unit: string;
  aim: number;
}

const fixture = await startChild(['test/renderer/fixture/main.ts', ...size], root);
const { url = '' } = fixture.ready;
const executablePath = findChromium();
const browser = await chromium.launch({
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  ...(executablePath ? { executablePath } : {}),
});
try {
  const figures = await measure(browser);
  if (values.json) console.log(JSON.stringify(figures));
  else for (const { what, value, unit, aim } of figures) console.log(`${what}: ${value} ${unit} (aim ${aim})`);
} finally {
  await browser.close();
  await fixture.kill();
}

async function measure(from: Browser): Promise<Figure[]> {
  const page = await from.newPage({ viewport: { width: 1440, height: 900 } });
  const began = performance.now();
  await page.goto(url);
  await page.getByRole('heading', { name: 'Now' }).waitFor();
  await page.getByText('Last 24 hours').waitFor();
  const figures: Figure[] = [figure('from nothing to the first screen', performance.now() - began, 'ms', 2_500)];
  figures.push(await opening(page, 'the list of 1,000 agents', '#/agents', '[role=row] a[href]', 150));
  figures.push(await scrolling(page, 'agents'));
  figures.push(await opening(page, 'the list of 100,000 runs', '#/runs', '[role=row] a[href]', 150));
  figures.push(await scrolling(page, 'runs'));
  figures.push(await opening(page, 'a run of 5,000 steps', '#/runs/run_10000000', '[role=table] [role=row]', 300));
  await page.evaluate(`location.hash = '#/agents'`);
  await page.getByRole('row').first().waitFor();
  figures.push(...(await living(page)));
  return figures;
}

function figure(what: string, value: number, unit: string, aim: number): Figure {
  return { what, value: Math.round(value * 10) / 10, unit, aim };
}

/** Taken in the page itself, from the change of the address to the frame in which the first row stands. */
async function opening(page: Page, what: string, hash: string, selector: string, aim: number): Promise<Figure> {
  const ms: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    await page.evaluate(`location.hash = '#/settings/node'`);
    await page.getByRole('heading', { name: 'This window' }).waitFor();
    ms.push(
      await page.evaluate<number>(`new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error('nothing to see at ' + location.hash)), 10000);
        const began = performance.now();
        location.hash = ${JSON.stringify(hash)};
        const look = () => document.querySelector(${JSON.stringify(selector)}) ? requestAnimationFrame(() => resolve(performance.now() - began)) : requestAnimationFrame(look);
        look();
      })`),
    );
  }
  return figure(`opening ${what}, median of 5`, ms.toSorted((a, b) => a - b)[2] ?? Number.NaN, 'ms', aim);
}

/** Frames while a list is scrolled by 600 pixels a frame for two seconds. */
async function scrolling(page: Page, what: string): Promise<Figure> {
  const perSecond = await page.evaluate<number>(`new Promise((resolve) => {
    const list = document.querySelector('[role=table]');
    const began = performance.now();
    let frames = 0;
    const step = () => {
      frames++;
      list.scrollTop += 600;
      if (performance.now() - began < 2000) requestAnimationFrame(step);
      else resolve(frames / ((performance.now() - began) / 1000));
    };
    requestAnimationFrame(step);
  })`);
  return figure(`scrolling through the ${what}`, perSecond, 'frames/s', 60);
}

/** While 50 agents change each second: how often the page is changed, and how much of a core it takes. */
async function living(page: Page): Promise<Figure[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const taskSeconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  const before = await taskSeconds();
  const changes = await page.evaluate<number>(`new Promise((resolve) => {
    let rounds = 0;
    const observer = new MutationObserver(() => rounds++);
    observer.observe(document.querySelector('[role=table]'), { subtree: true, childList: true, characterData: true, attributes: true });
    setTimeout(() => (observer.disconnect(), resolve(rounds / 5)), 5000);
  })`);
  const busy = ((await taskSeconds()) - before) / 5;
  const { metrics } = await session.send('Performance.getMetrics');
  const heap = (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0) / 1e6;
  return [
    figure('changes of the list at 50 events/s', changes, 'per s', 10),
    figure('work of the page at 50 events/s', busy * 100, '% of a core', 50),
    figure('memory of its scripts', heap, 'MB', 150),
  ];
}
