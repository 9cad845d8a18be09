import type { Page } from '@playwright/test';
import { shortcuts } from '../../../src/shared/shortcuts.ts';
import { letIn, opened, phoneOf } from './let-in.ts';
import { pressAll } from './press-all.ts';
import { expect, type Home, scriptAgent, test } from './window-test.ts';

const parts = [
  ...['', '/design', '/runs', '/triggers', '/context', '/conversation', '/letters', '/memory', '/files', '/limits'],
  ...['/journal', '/manifest', '/versions'],
];
const places = [
  ...['/now', '/agents', '/agents?show=trash', '/map', '/runs', '/inbox', '/inbox?show=results', '/schedule'],
  ...['/schedule?show=lanes', '/schedule?show=holes', '/schedule?show=plans', '/memory', '/memory?at=now', '/costs'],
  ...['/cluster', '/tools', '/tools/permissions', '/tools/secrets', '/tools/try', '/templates', '/templates?load=1'],
  ...['/templates/pipeline-monitor', '/new', '/settings/network', '/settings/node', '/settings/health'],
  ...['/settings/models', '/settings/retention', '/settings/notifications', '/settings/desktop'],
  ...parts.map((part) => `/agents/keeper${part}`),
  ...['/agents/stumbler', '/agents/asker'],
];
/** Places where rows are chosen first. */
const chosen = ['/agents', '/runs', '/inbox'];
/** Leads away, or closes, or says nothing of what a device may. */
const spare = /^(Close|Cancel)/;

test('a device that may only look is offered nothing that the node would refuse', async ({ home, page, browser }) => {
  test.setTimeout(400_000);
  await furnish(home);
  const address = await opened(home, page, 'Look only');
  const device = await phoneOf(browser, { width: 1280, height: 800 });
  const refused = await refusals(device);
  await device.goto(address);
  await letIn(page, device);
  const pressed = new Set<string>();
  const runs = [await runOf(home, 'keeper'), await runOf(home, 'stumbler')];
  for (const place of [...places, ...runs]) {
    refused.at = place;
    await pressAll({ page: device, place, before: [], spare, pressed });
  }
  for (const place of chosen) {
    refused.at = `${place}, a row chosen`;
    await pressAll({ page: device, place, before: ['j', 'x'], spare, pressed });
  }
  for (const place of [...chosen, ...runs, '/agents/keeper', '/schedule', '/map']) {
    refused.at = `${place}, by keys`;
    await pressKeys(device, place);
  }
  expect(refused.lines).toEqual([]);
  // It was a walk: there is much that can be pressed, also inside of what opens.
  expect(pressed.size).toBeGreaterThan(100);
  await device.context().close();
});

/** Every key that asks the node for something, at the first row of the place. */
async function pressKeys(device: Page, place: string): Promise<void> {
  const keys = new Set(
    Object.entries(shortcuts)
      .filter(([id, shortcut]) => 'asks' in shortcut || id === 'apply' || id.startsWith('pick'))
      .map(([, { keys }]) => keys),
  );
  for (const key of keys) {
    if (!device.url().endsWith(place)) await device.evaluate(`location.hash = ${JSON.stringify(place)}`);
    await device.keyboard.press('j');
    await device.keyboard.press(key.replace('mod', 'Control').replace(/shift|space|enter/, capital));
  }
}

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** What the node refuses a device for good, with where that was. */
async function refusals(device: Page): Promise<{ at: string; lines: string[] }> {
  const found = { at: '', lines: [] as string[] };
  device.on('response', (response) => {
    if (response.status() !== 403) return;
    found.lines.push(`${found.at}: ${response.request().method()} ${new URL(response.url()).pathname}`);
  });
  return found;
}

/** Something of each kind: what ran, failed, asks, remembers, waits, was deleted and is planned. */
async function furnish(home: Home): Promise<void> {
  const wakes =
    'triggers:\n  - type: cron\n    cron_expression: "0 3 * * *"\n  - type: event\n    event_type: orders.*\n';
  const keeps =
    "await agent.context.set('seen', 1);\nawait agent.memory.store('The lamp is lit.');\nawait agent.emit('lamp.lit', { n: 1 });\nreturn 'kept';";
  await home.create(scriptAgent('keeper', keeps, `${wakes}budget:\n  enabled: true\n  max_runs_per_day: 50\n`));
  await home.create(scriptAgent('asker', "return await agent.ask('Which door?');"));
  await home.create(
    scriptAgent('stumbler', "throw new Error('no such door');", 'trigger_delivery:\n  max_retries: 0\n'),
  );
  await home.create(scriptAgent('gone', 'return 1;'));
  await home.node.call('DELETE', '/processes/gone');
  for (const name of ['keeper', 'asker', 'stumbler']) await home.wake(name);
  await home.node.call('POST', '/processes/keeper/messages', { content: 'Trim the wick.' });
  await home.node.call('POST', '/messages', { topic: 'lamps', content: 1 });
  await home.node.call('POST', '/processes/keeper/wake', { payload: {}, at: Date.now() + 7_200_000 });
}

async function runOf(home: Home, name: string): Promise<string> {
  let id = '';
  await expect(async () => {
    const { body } = await home.node.call('GET', `/runs?process=${name}`);
    const [run] = (body as { items: { id: string; endedAt: number | null }[] }).items;
    expect(run?.endedAt).toBeTruthy();
    id = run?.id ?? '';
  }).toPass();
  return `/agents/${name}/runs/${id}`;
}
