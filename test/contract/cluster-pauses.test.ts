import { expect, test } from 'vitest';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { script } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';

type Nodes = [ClusterNode, ClusterNode, ClusterNode];

async function three() {
  const clock = new HandClock();
  const world = new ClusterWorld({ clock });
  return { world, clock, nodes: (await world.startAll('a', 'b', 'c')) as Nodes };
}

const quiet = { id: 'quiet', title: 'Quiet hours', start: '02:00', end: '05:00' };
const holiday = { id: 'holiday', title: 'Holiday', start: '00:00', end: '23:00' };
const titlesAt = async ({ api }: ClusterNode) => (await api.getPauses({})).windows.map(({ title }) => title).sort();

test('pause windows are the same on every node, also on one that was away, and one that is gone stays gone', async () => {
  const { world, clock, nodes } = await three();
  const [a, b, c] = nodes;
  await a.api.setPauses({ windows: [quiet] });
  const told: string[] = [];
  c.runtime.notices.watch(null, ({ kind, state }) => kind === 'node.changed' && told.push(state ?? ''));
  for (const node of nodes) await passing(clock, async () => (await titlesAt(node)).length === 1);
  expect(told).toContain('pauses');
  world.network.isolate('c');
  await clock.advance(1_000);
  await b.api.setPauses({ windows: [holiday] });
  await c.api.setPauses({ windows: [quiet, { ...quiet, id: 'night', title: 'Night' }] });
  await passing(clock, async () => (await titlesAt(a)).join() === 'Holiday');
  await clock.advance(10_000);
  expect(await titlesAt(c)).toEqual(['Night', 'Quiet hours']);
  world.network.heal();
  for (const node of nodes) await passing(clock, async () => (await titlesAt(node)).join() === 'Holiday,Night');
  const digests = () => new Set(nodes.map(({ runtime }) => runtime.pauses.digest));
  await passing(clock, () => digests().size === 1);
  await c.kill();
  await a.api.setPauses({ windows: [] });
  const back = await world.start('c');
  await passing(clock, async () => (await titlesAt(back)).length === 0 && (await titlesAt(b)).length === 0);
});

test('an agent rests in a pause window also where it was moved to', async () => {
  const { clock, nodes } = await three();
  const [a, b, c] = nodes;
  await a.api.setPauses({ windows: [holiday] });
  const hourly = script('hourly', 'return 1;', [{ id: 't', type: 'cron', cron_expression: '0 * * * *' }]);
  await b.api.createProcess({ manifest: hourly, start: true });
  await passing(clock, async () => (await titlesAt(b)).length === 1 && (await titlesAt(c)).length === 1);
  await b.api.moveProcess({ name: 'hourly', node: 'c' });
  const { items } = await c.api.schedule({ process: 'hourly', to: clock.now() + 3 * 3_600_000 });
  expect(items.map(({ outcome }) => outcome)).toEqual(['paused', 'paused', 'paused']);
});

test('what was put out of the way comes back where its agent lives by then', async () => {
  const { clock, nodes } = await three();
  const [, b, c] = nodes;
  const asker = script('asker', `return await agent.ask('Well?');`);
  await b.api.createProcess({ manifest: asker, start: true });
  await b.api.wakeProcess({ name: 'asker', payload: {} });
  const item = await passing(clock, async () => (await b.api.listInbox({})).items[0]);
  await b.api.snoozeInboxItem({ id: item.id, until: clock.now() + 600_000 });
  await b.api.moveProcess({ name: 'asker', node: 'c' });
  const back: string[] = [];
  c.runtime.notices.watch(null, (notice) => {
    if (notice.kind === 'inbox.changed' && notice.state === 'open') back.push(notice.item ?? '');
  });
  await clock.advance(590_000);
  expect(back).toEqual([]);
  await passing(clock, () => back.length > 0, 60_000);
  expect(back).toEqual([item.id]);
});
