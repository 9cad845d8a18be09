import { writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { asker, cannotRun, type Launched, launch, launchAgain, newDataDir, removeDataDir } from './desktop-app.ts';

test.skip(cannotRun !== '', cannotRun);

let dataDir: string;
let desktop: Launched;

test.beforeEach(async () => {
  dataDir = newDataDir();
  desktop = await launch(dataDir);
});

test.afterEach(async () => {
  if (desktop.app.process().exitCode === null) await desktop.quit();
  removeDataDir(dataDir);
});

interface Listed {
  items: { id: string; state: string; output: unknown }[];
}

const runs = () => desktop.http('GET', '/runs?process=asker') as Promise<Listed>;
const inbox = () => desktop.http('GET', '/inbox') as Promise<Listed>;

/** Wakes the agent that asks, and waits until its question is in the inbox. */
async function ask(): Promise<string> {
  await desktop.http('POST', '/processes', { manifest: asker, start: true });
  await desktop.http('POST', '/processes/asker/wake', {});
  await expect.poll(async () => (await inbox()).items.length).toBe(1);
  return (await inbox()).items[0]?.id ?? '';
}

test('a second start brings the first one to the front, at the link it was given', async () => {
  await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
  expect(await launchAgain(dataDir, ['agentruntime://runs'])).toBe(0);
  await expect.poll(() => desktop.page.url()).toMatch(/#\/runs$/);
  const window = await desktop.app.browserWindow(desktop.page);
  expect(await window.evaluate((it) => it.isMinimized())).toBe(false);
  expect(desktop.app.windows()).toHaveLength(1);
});

test('agents go on while the window is closed, and the tray opens it again', async () => {
  await desktop.closeWindow();
  const item = await ask();
  await desktop.http('POST', `/inbox/${item}/answer`, { answer: 'yes' });
  await expect.poll(async () => (await runs()).items[0]).toMatchObject({ state: 'done', output: 'They said: yes' });
  await desktop.opening(() => desktop.chooseTray('open'));
  expect(await desktop.call('getProcess', { name: 'asker' })).toMatchObject({ name: 'asker' });
});

test('a question calls the person, and a click on the call leads to it', async () => {
  await desktop.closeWindow();
  const item = await ask();
  const bodies = () => desktop.app.evaluate(() => recorded.notifications.map(({ body }) => body));
  await expect.poll(bodies).toContain('May I go on?');
  await expect.poll(() => desktop.app.evaluate(() => recorded.trayToolTip)).toContain('1 thing needs you');
  await desktop.opening(() =>
    desktop.app.evaluate(() => {
      const calling = recorded.notifications.find(({ body }) => body === 'May I go on?');
      calling?.emit('click', {} as never);
    }),
  );
  await expect.poll(() => desktop.page.url()).toMatch(new RegExp(`#/inbox/${item}$`));
});

test('the tray pauses and resumes every agent', async () => {
  await desktop.http('POST', '/processes', { manifest: asker, start: true });
  const state = async () => ((await desktop.http('GET', '/processes/asker')) as { state: string }).state;
  const toolTip = () => desktop.app.evaluate(() => recorded.trayToolTip);
  await desktop.chooseTray('pause-all');
  await expect.poll(state).toBe('suspended');
  await expect.poll(toolTip).toContain('No agent is running\nNothing waits for you\n1 agent paused');
  await desktop.chooseTray('resume-all');
  await expect.poll(state).toBe('running');
  await expect.poll(toolTip).not.toContain('paused');
});

test('quitting brings runs to rest, and the next start goes on with them', async () => {
  const item = await ask();
  expect(await desktop.quit()).toBe(0);
  desktop = await launch(dataDir);
  expect(await desktop.call('verifyJournal', { name: 'asker' })).toMatchObject({ ok: true });
  await desktop.call('answerInboxItem', { id: item, answer: 'after all' });
  await expect
    .poll(async () => (await runs()).items[0])
    .toMatchObject({ state: 'done', output: 'They said: after all' });
});

test('after sleep the schedule goes on', async () => {
  const manifest = `
version: "1.0"
name: ticker
model: script
script: |
  export default async function run() { return 'tick'; }
triggers:
  - type: cron
    cron_expression: "* * * * * *"
`;
  await desktop.http('POST', '/processes', { manifest, start: true });
  await desktop.app.evaluate(({ powerMonitor }) => {
    powerMonitor.emit('suspend');
    powerMonitor.emit('resume');
  });
  const ticks = async () => ((await desktop.http('GET', '/runs?process=ticker&state=done')) as Listed).items.length;
  await expect.poll(ticks).toBeGreaterThan(0);
});

test('an agent file is added after a yes, and not started', async () => {
  const file = `${dataDir}/asker.agent`;
  writeFileSync(file, asker);
  expect(await launchAgain(dataDir, [file])).toBe(0);
  await expect.poll(() => desktop.page.url()).toMatch(/#\/agents\/asker$/);
  expect(await desktop.call('getProcess', { name: 'asker' })).toMatchObject({ state: 'created' });
  const asked = await desktop.app.evaluate(() => recorded.dialogs.map(({ message }) => message));
  expect(asked).toEqual(['Add the agent “asker”?']);
});

test('a template is created from what comes with the app, with samples of the person’s own, and runs', async () => {
  const { items } = (await desktop.call('listTemplates')) as {
    items: { id: string; agents: { name: string; manifest: string }[] }[];
  };
  expect(items.length).toBeGreaterThanOrEqual(9);
  const gate = items.find(({ id }) => id === 'data-quality-gate');
  for (const { manifest } of gate?.agents ?? []) await desktop.call('createProcess', { manifest, start: true });
  const done = async () => {
    const listed = (await desktop.http('GET', '/runs?process=data-quality-gate&state=done')) as Listed;
    return listed.items.map(({ output }) => output).sort();
  };
  await expect.poll(done).toEqual(['orders.csv passed, 3 rows', expect.stringMatching(/^refunds.csv failed: /)]);
});
