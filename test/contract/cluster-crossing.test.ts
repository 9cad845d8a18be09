import { describe, expect, test } from 'vitest';
import { type ClusterNode, ClusterWorld } from '../world/cluster.ts';
import { until } from '../world/until.ts';

const teller = {
  version: '1.0',
  name: 'teller',
  model: 'script',
  script: `export default async function run(event, agent) { await agent.emit('told', { n: event.payload.n }); return event.payload.n; }`,
};
const listener = (name: string) => ({
  version: '1.0',
  name,
  model: 'script',
  triggers: [{ type: 'event', event_type: 'told' }],
  script: `export default async function run(event, agent) {
    await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.data.n]);
  }`,
});

async function heard(node: ClusterNode, name: string): Promise<number[]> {
  const { items } = (await node.api.getContext({ name })) as { items: { key: string; value: unknown }[] };
  return (items.find(({ key }) => key === 'heard')?.value ?? []) as number[];
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('events between nodes', () => {
  test('reach those who listen on another node once and in order', async () => {
    const [a, b] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await a.api.createProcess({ manifest: teller, start: true });
    await b.api.createProcess({ manifest: listener('ear'), start: true });
    for (const n of upTo(20)) await a.api.wakeProcess({ name: 'teller', payload: { n } });
    await until(async () => (await heard(b, 'ear')).length >= 20);
    expect(await heard(b, 'ear')).toEqual(upTo(20));
  });
});
