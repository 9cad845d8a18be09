import { describe, expect, test } from 'vitest';
import { type HandRuntime, handRuntime } from '../../world/hand-runtime.ts';
import { script } from '../../world/make.ts';
import { until } from '../../world/until.ts';

const hourMs = 3_600_000;
const quiet = { id: 'quiet', title: 'Quiet hours', start: '02:00', end: '05:00' };

async function hourly(node: HandRuntime, name: string, more: object = {}): Promise<void> {
  const triggers = [{ id: 'hourly', type: 'cron', cron_expression: '0 * * * *', ...more }];
  const manifest = { version: '1.0', name, ...script('return 1;'), triggers };
  await node.api.createProcess({ manifest: manifest as never, start: true });
}

/** Turns the clock hour by hour, so that every run ends before the next begins. */
async function pass(node: HandRuntime, hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    await node.clock.advance(hourMs);
    await until(async () => {
      await node.clock.settle();
      return (await node.api.listRuns({ state: 'running' })).items.length === 0;
    });
  }
}

const hours = async (node: HandRuntime, name: string) => {
  const { items } = await node.api.listRuns({ process: name, limit: 50 });
  return items.map(({ startedAt }) => new Date(startedAt).getUTCHours()).reverse();
};

describe('a pause window', () => {
  test('that skips keeps schedules from waking, says so in each hole, and leaves others alone', async () => {
    const node = await handRuntime();
    await hourly(node, 'sleeper');
    await hourly(node, 'worker');
    const view = await node.api.setPauses({ windows: [{ ...quiet, processes: ['sleeper'] }] });
    expect(view).toMatchObject({ windows: [{ policy: 'skip', enabled: true }], now: [] });
    const plan = await node.api.schedule({ process: 'sleeper', to: node.clock.now() + 6 * hourMs });
    expect(plan.items.map(({ outcome }) => outcome)).toEqual(['planned', 'paused', 'paused', 'paused', 'planned']);
    await pass(node, 6);
    expect(await hours(node, 'sleeper')).toEqual([1, 5, 6]);
    expect(await hours(node, 'worker')).toEqual([1, 2, 3, 4, 5, 6]);
    const { items } = await node.api.schedule({ process: 'sleeper', to: node.clock.now() });
    const holes = items.filter(({ outcome }) => outcome === 'skipped');
    expect(holes.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(holes[0]?.reason).toContain('Quiet hours');
  });

  test('that holds lets one firing of each schedule wait for its end, also over a restart', async () => {
    let node = await handRuntime();
    await hourly(node, 'sleeper');
    await node.api.setPauses({ windows: [{ ...quiet, policy: 'hold' }] });
    await pass(node, 3);
    expect(await hours(node, 'sleeper')).toEqual([1]);
    const [held] = (await node.api.listTriggerEvents({ process: 'sleeper', state: 'waiting' })).items;
    expect(held?.reason).toBe('held by the pause window “Quiet hours”');
    node = await node.restart();
    expect((await node.api.getPauses({})).windows).toMatchObject([{ id: 'quiet', policy: 'hold' }]);
    await pass(node, 3);
    expect(await hours(node, 'sleeper')).toEqual([1, 5, 6]);
    const { items } = await node.api.schedule({ process: 'sleeper', to: node.clock.now() });
    expect(items.some(({ outcome, reason }) => outcome === 'coalesced' && reason?.includes('Quiet hours'))).toBe(true);
  });

  test('is for schedules alone: people and others wake an agent as ever', async () => {
    const node = await handRuntime();
    await hourly(node, 'sleeper');
    const now = node.clock.now();
    await node.api.setPauses({ windows: [{ id: 'h', title: 'Holidays', from: now, until: now + 48 * hourMs }] });
    const { eventId } = await node.api.wakeProcess({ name: 'sleeper' });
    await until(async () => (await node.api.getTriggerEvent({ id: eventId })).state === 'done');
    expect((await node.api.getProcess({ name: 'sleeper' })).nextFiring).toBe(now + 48 * hourMs);
    expect((await node.api.getPauses({})).now).toEqual([{ id: 'h', until: now + 48 * hourMs }]);
  });

  test('is counted in when it is foretold what schedules will bring', async () => {
    const node = await handRuntime();
    await hourly(node, 'sleeper');
    await pass(node, 1);
    await node.api.setPauses({ windows: [quiet] });
    const { items } = await node.api.forecast({ to: node.clock.now() + 24 * hourMs - 1 });
    expect(items).toMatchObject([{ process: 'sleeper', firings: 20, paused: 3, basis: 1, tokens: 0, costUsd: 0 }]);
  });
});
