import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright';
import { findChromium } from '../test/electron-standin/find-chromium.ts';
import { startChild } from './child.ts';

/**
 * What the window costs in a real Chromium, before a node that makes up its answers: 1,000 agents, 100,000 runs, a run
 * of 5,000 steps, and 50 changes a second that go on all the time. With `--against` another built window is measured by
 * turns with this one, so that the two can be compared whatever else the machine does.
 * Run: node bench/window.ts [--against FOLDER] [--json]
 */
const { values } = parseArgs({ options: { json: { type: 'boolean' }, against: { type: 'string' } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const size = ['--agents', '1000', '--runs', '100000', '--steps', '5000', '--events', '50'];
const turns = 3;

interface Figure {
  what: string;
  value: number;
  unit: string;
  aim?: number;
}

/** One window that is measured, and what was found so far: for each figure a value a turn. */
interface Measured {
  page: Page;
  session: CDPSession;
  found: Map<string, { values: number[]; unit: string; aim?: number }>;
}

const executablePath = findChromium();
const browser = await chromium.launch({
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  ...(executablePath ? { executablePath } : {}),
});
const nodes: { kill(): Promise<void> }[] = [];
try {
  const windows: Measured[] = [];
  for (const folder of [[], ...(values.against ? [['--window', values.against]] : [])])
    windows.push(await opened(browser, folder));
  for (let turn = 0; turn < turns; turn++) for (const one of windows) await measure(one);
  const [mine = [], other = []] = windows.map(figuresOf);
  if (values.json) console.log(JSON.stringify(values.against ? { mine, other } : mine));
  else for (const [index, figure] of mine.entries()) console.log(lineOf(figure, other[index]));
} finally {
  await browser.close();
  for (const node of nodes) await node.kill();
}

function lineOf({ what, value, unit, aim }: Figure, other: Figure | undefined): string {
  const ratio = other?.value ? `, ratio ${(value / other.value).toFixed(2)}` : '';
  const against = other ? `, the other ${other.value}${ratio}` : '';
  return `${what}: ${value} ${unit}${against}${aim === undefined ? '' : ` (aim ${aim})`}`;
}

async function opened(from: Browser, folder: readonly string[]): Promise<Measured> {
  const node = await startChild(['test/renderer/fixture/main.ts', ...size, ...folder], root);
  nodes.push(node);
  const page = await from.newPage({ viewport: { width: 1440, height: 900 } });
  const session = await page.context().newCDPSession(page);
  // The time of the page's own thread: what else the machine does is not in it.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const one: Measured = { page, session, found: new Map() };
  const began = performance.now();
  await page.goto(node.ready['url'] ?? '');
  await page.getByRole('heading', { name: 'Now' }).waitFor();
  await page.getByText('Last 24 hours').waitFor();
  note(one, 'from nothing to the first screen', performance.now() - began, 'ms', 2_500);
  return one;
}

async function measure(one: Measured): Promise<void> {
  await one.page.bringToFront();
  await opening(one, 'the list of 1,000 agents', '#/agents', '[role=row] a[href]', 150);
  await scrolling(one, 'agents');
  await living(one, 'agents', '[role=table]');
  await opening(one, 'the list of 100,000 runs', '#/runs', '[role=row] a[href]', 150);
  await scrolling(one, 'runs');
  await living(one, 'runs', '[role=table]');
  await opening(one, 'a run of 5,000 steps', '#/runs/run_10000000', '[role=table] [role=row]', 300);
  await one.page.evaluate(`location.hash = '#/map'`);
  await one.page.locator('.react-flow__node').first().waitFor({ state: 'attached' });
  await living(one, 'map', '.react-flow');
  note(one, 'memory of its scripts', (await metric(one, 'JSHeapUsedSize')) / 1e6, 'MB', 150);
}

function note({ found }: Measured, what: string, value: number, unit: string, aim?: number): void {
  const known = found.get(what);
  if (known) known.values.push(value);
  else found.set(what, { values: [value], unit, ...(aim === undefined ? {} : { aim }) });
}

/** The median of each figure. */
function figuresOf({ found }: Measured): Figure[] {
  return [...found].map(([what, { values: all, ...rest }]) => {
    const median = all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN;
    return { what, value: Math.round(median * 10) / 10, ...rest };
  });
}

async function metric({ session }: Measured, name: string): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((one) => one.name === name)?.value ?? Number.NaN;
}

/** Taken in the page itself, from the change of the address to the frame in which the first row stands. */
async function opening(one: Measured, what: string, hash: string, selector: string, aim: number): Promise<void> {
  const { page } = one;
  await page.evaluate(`location.hash = '#/settings/node'`);
  await page.getByRole('heading', { name: 'This window' }).waitFor();
  const ms = await page.evaluate<number>(`new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('nothing to see at ' + location.hash)), 10000);
    const began = performance.now();
    location.hash = ${JSON.stringify(hash)};
    const look = () => document.querySelector(${JSON.stringify(selector)}) ? requestAnimationFrame(() => resolve(performance.now() - began)) : requestAnimationFrame(look);
    look();
  })`);
  note(one, `opening ${what}`, ms, 'ms', aim);
}

/** Frames while a list is scrolled by 600 pixels a frame, and what the page itself does for each. */
async function scrolling(one: Measured, what: string): Promise<void> {
  const before = await metric(one, 'TaskDuration');
  const { frames, ms } = await one.page.evaluate<{ frames: number; ms: number }>(`new Promise((resolve) => {
    const list = document.querySelector('[role=table]');
    const began = performance.now();
    let frames = 0;
    const step = () => {
      frames++;
      list.scrollTop += 600;
      if (frames < 60) requestAnimationFrame(step);
      else resolve({ frames, ms: performance.now() - began });
    };
    requestAnimationFrame(step);
  })`);
  const work = ((await metric(one, 'TaskDuration')) - before) * 1_000;
  note(one, `scrolling through the ${what}`, frames / (ms / 1_000), 'frames/s', 60);
  note(one, `work of the page for a frame of the ${what}`, work / frames, 'ms');
}

/** While 50 agents change each second: how often what is shown is changed, and how much of a core the page takes. */
async function living(one: Measured, what: string, selector: string): Promise<void> {
  const seconds = 3;
  const before = await metric(one, 'TaskDuration');
  const changes = await one.page.evaluate<number>(`new Promise((resolve) => {
    let rounds = 0;
    const observer = new MutationObserver(() => rounds++);
    observer.observe(document.querySelector('${selector}'), { subtree: true, childList: true, characterData: true, attributes: true });
    setTimeout(() => (observer.disconnect(), resolve(rounds / ${seconds})), ${seconds * 1_000});
  })`);
  const work = ((await metric(one, 'TaskDuration')) - before) / seconds;
  note(one, `changes of the ${what} at 50 events/s`, changes, 'per s', 10);
  note(one, `work of the page with the ${what} at 50 events/s`, work * 100, '% of a core', 50);
}
