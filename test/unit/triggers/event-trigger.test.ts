import { describe, expect, test } from 'vitest';
import { type BusEvent, EventBus } from '../../../src/main/messaging/event-bus.ts';
import { eventTrigger } from '../../../src/main/triggers/event-trigger.ts';
import type { Wake } from '../../../src/main/triggers/trigger.ts';
import { TriggerConfig } from '../../../src/shared/config/trigger-config.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { TriggerWorld } from '../../world/trigger-host.ts';

async function listening() {
  const world = new TriggerWorld(new HandClock());
  const host = world.session();
  const calls: number[] = [];
  const bus = new EventBus();
  const config = TriggerConfig.parse({ type: 'event', eventType: 'orders.*' });
  const counted = {
    ...host,
    wakeAll: (wakes: readonly Wake[]) => {
      calls.push(wakes.length);
      return host.wakeAll(wakes);
    },
  };
  const trigger = eventTrigger({ ...config, id: 'one' } as never, counted, bus);
  await trigger.start();
  const tell = (...seqs: number[]) => Promise.allSettled(seqs.map((seq) => bus.publish(event(seq))));
  const heard = (source = 'shop') => {
    const payloads = world.events.map(({ payload }) => payload as { source: string; data: number });
    return payloads.flatMap((payload) => (payload.source === source ? [payload.data] : []));
  };
  return { world, bus, trigger, calls, tell, heard };
}

const event = (seq: number, source = 'shop'): BusEvent => ({
  id: `bus_${source}.${seq}`,
  type: 'orders.paid',
  source,
  data: seq,
  at: 0,
  seq,
  position: 0,
});
const dataOf = ({ payload }: Wake) => (payload as { data: number }).data;
const full = () => new RuntimeError('QUEUE_FULL', 'full');

describe('an event trigger', () => {
  test('takes what one publisher tells at once together, in order', async () => {
    const { calls, tell, heard } = await listening();
    await tell(1, 2, 3);
    await tell(4);
    expect(calls).toEqual([3, 1]);
    expect(heard()).toEqual([1, 2, 3, 4]);
  });

  test('takes none after one that is refused, and each once when they are told again', async () => {
    const { world, tell, heard } = await listening();
    world.refuse = (wake) => (dataOf(wake) === 3 ? full() : undefined);
    const outcomes = await tell(1, 2, 3, 4, 5);
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'QUEUE_FULL' } });
    expect(heard()).toEqual([1, 2]);
    world.refuse = () => undefined;
    // What comes next is not taken before the one that is stuck.
    expect((await tell(6))[0]).toMatchObject({ status: 'rejected' });
    expect(heard()).toEqual([1, 2]);
    await tell(1, 2, 3, 4, 5, 6);
    expect(heard()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('lets no publisher wait for another one that is stuck', async () => {
    const { world, bus, heard } = await listening();
    world.refuse = (wake) => ((wake.payload as { source: string }).source === 'shop' ? full() : undefined);
    const told = await Promise.allSettled(
      [event(1), event(1, 'store'), event(2), event(2, 'store')].map((one) => bus.publish(one)),
    );
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(heard('store')).toEqual([1, 2]);
    expect(heard('shop')).toEqual([]);
  });

  test('takes what was told before it stops, and nothing after', async () => {
    const { trigger, tell, heard } = await listening();
    const told = tell(1, 2);
    await trigger.stop();
    await told;
    await tell(3);
    expect(heard()).toEqual([1, 2]);
  });
});
