import { describe, expect, onTestFinished, test } from 'vitest';
import type { BusEvent } from '../../src/main/messaging/event-bus.ts';
import type { RunBrief, TriggerEventView } from '../../src/shared/views/views.ts';
import { handRuntime } from '../world/hand-runtime.ts';
import { home } from '../world/home.ts';
import { script } from '../world/make.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

const onEvent = (name: string, event_type: string, body: string, more: object = {}) => ({
  version: '1.0',
  name,
  ...script(body),
  triggers: [{ type: 'event', event_type, ...more }],
});
const keep = (key: string) =>
  `await agent.context.set('${key}', [...(agent.context.get('${key}') ?? []), event.payload.data.n]);`;

async function items<T>(child: NodeChild, path: string): Promise<T[]> {
  return ((await child.call('GET', path)).body as { items: T[] }).items;
}

describe('an event wakes every agent that listens', () => {
  test('once each, in the order of each publisher, through kills and restarts of the node', async () => {
    const folder = home();
    let child = await startNode(folder);
    onTestFinished(() => child.kill());
    const manifests = [
      onEvent('relay', 'ticks.raw', `await agent.emit('ticks.seen', { n: event.payload.data.n });`),
      onEvent('exact', 'ticks.raw', keep('got')),
      onEvent('wild', 'ticks.*', keep(`of ' + event.payload.source + '`)),
      onEvent('picky', 'ticks.>', keep('got'), { event_source: 'relay' }),
    ];
    for (const manifest of manifests) {
      expect((await child.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
    }
    const total = 30;
    const sent: number[] = [];
    for (let n = 0; n < total; n++) {
      if (n === 10 || n === 20) {
        await child.kill();
        child = await startNode(folder);
      }
      expect((await child.call('POST', '/events', { type: 'ticks.raw', data: { n } })).status).toBe(202);
      sent.push(n);
    }
    await until(async () => (await items<RunBrief>(child, '/runs?state=done&limit=500')).length === 5 * total, 30_000);
    const open = await items<TriggerEventView>(child, '/trigger-events?state=waiting,running,parked,delayed,dead');
    expect(open).toEqual([]);
    const kept = async (name: string) =>
      (await items<{ key: string; value: number[] }>(child, `/processes/${name}/context`)).map(({ value }) => value);
    expect(await kept('exact')).toEqual([sent]);
    expect(await kept('wild')).toEqual([sent, sent]);
    expect(await kept('picky')).toEqual([sent]);
  }, 90_000);
});

describe('the bus', () => {
  test('hands a burst to many subscribers, all of it, once and in order, and programs may listen too', async () => {
    const one = await handRuntime();
    const heard: number[] = [];
    one.runtime.bus.subscribe('burst.>', (event: BusEvent) => void heard.push((event.data as { n: number }).n));
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) {
      const process = await one.runtime.register({
        name,
        config: { ...script(''), triggers: [{ type: 'event', eventType: 'burst.*' }] },
      });
      await process.start();
      await process.suspend();
    }
    const total = 2_000;
    await Promise.all(Array.from({ length: total }, (_, n) => one.runtime.publish('burst.now', { n })));
    await until(() => names.every((name) => one.runtime.get(name).snapshot.queue.size === total));
    const expected = [...Array(total).keys()];
    expect(heard).toEqual(expected);
    for (const name of names) {
      const got = [...one.runtime.get(name).snapshot.queue.values()].map(
        ({ payload }) => (payload as { data: { n: number } }).data.n,
      );
      expect(got, name).toEqual(expected);
    }
  });

  test('keeps what a full queue refuses, and delivers it in order once there is room', async () => {
    const one = await handRuntime();
    const process = await one.runtime.register({
      name: 'slow',
      config: { ...script(''), triggers: [{ type: 'event', eventType: 'flood' }] },
    });
    await process.start();
    await process.suspend();
    const total = 10_100;
    for (let from = 0; from < total; from += 1_010) {
      await Promise.all(Array.from({ length: 1_010 }, (_, n) => one.runtime.publish('flood', { n: from + n })));
    }
    await until(() => process.snapshot.queue.size === 10_000);
    const seen: number[] = [];
    const drain = async (many: number) => {
      for (const event of [...process.snapshot.queue.values()].slice(0, many)) {
        seen.push((event.payload as { data: { n: number } }).data.n);
        void process.steering.cancelEvent(event.id, 'made room', 'test');
      }
      await one.clock.settle();
    };
    await drain(60);
    await one.clock.advance(1_000);
    await until(() => process.snapshot.queue.size === 10_000);
    await drain(5_000);
    await one.clock.advance(1_000);
    await until(() => process.snapshot.counts.accepted === total);
    await drain(total);
    expect(seen).toEqual([...Array(total).keys()]);
  }, 60_000);
});
