import { describe, expect, test } from 'vitest';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import { caughtLater } from '../world/caught.ts';
import { type HandRuntime, handRuntime } from '../world/hand-runtime.ts';
import { script } from '../world/make.ts';
import { until } from '../world/until.ts';

async function started({ runtime }: HandRuntime, config: ProcessConfigInput) {
  const process = await runtime.register({ name: 'p', config });
  await process.start();
  return process;
}

const hook = (more: object) => [{ type: 'webhook' as const, id: 'hook', ...more }];
const fire = ({ api }: HandRuntime, payload: Record<string, unknown>) =>
  api.wakeProcess({ name: 'p', payload: payload as never, trigger: 'hook' });
const states = async ({ api }: HandRuntime) =>
  (await api.listTriggerEvents({})).items.map(({ state }) => state).reverse();
const seen = async ({ api }: HandRuntime) =>
  ((await api.getContext({ name: 'p' })).items.find(({ key }) => key === 'seen')?.value ?? []) as unknown[];
const note = script(`await agent.context.set('seen', [...(agent.context.get('seen') ?? []), event.payload.n]);`);
const done = (one: HandRuntime, count: number) => until(() => one.runtime.get('p').snapshot.counts.done >= count);

describe('what a trigger brings passes its settings', () => {
  test('a filter lets by what it is not true of, and nothing of that is stored', async () => {
    const one = await handRuntime();
    await started(one, { ...note, triggers: hook({ filterExpression: 'n > 2' }) });
    for (const n of [1, 3, 2, 4]) await fire(one, { n });
    await done(one, 2);
    expect(await seen(one)).toEqual([3, 4]);
    expect(one.runtime.get('p').snapshot.counts.accepted).toBe(2);
  });

  test('a filter that cannot be read is refused when the process is saved', async () => {
    const one = await handRuntime();
    const refused = await caughtLater(
      one.api.createProcess({
        manifest: {
          version: '1.0',
          name: 'p',
          ...note,
          triggers: [{ type: 'webhook', filter_expression: '__import__("os")' }],
        },
      }),
    );
    expect(refused).toMatchObject({ code: 'FILTER_INVALID', message: expect.stringContaining('filter_expression') });
  });

  test('debounce waits for quiet and runs once with the newest, also when the node restarts meanwhile', async () => {
    let one = await handRuntime();
    await started(one, { ...note, triggers: hook({ debounce: 10 }) });
    await fire(one, { n: 1 });
    await one.clock.advance(6_000);
    await fire(one, { n: 2 });
    one = await one.restart();
    await one.clock.advance(6_000);
    await fire(one, { n: 3 });
    await one.clock.advance(9_000);
    expect(await states(one)).toEqual(['superseded', 'superseded', 'waiting']);
    await one.clock.advance(1_000);
    await done(one, 1);
    expect(await seen(one)).toEqual([3]);
  });

  test('a rate limit lets the rest wait its turn, in order, and remembers across a restart', async () => {
    let one = await handRuntime();
    await started(one, { ...note, triggers: hook({ rateLimit: { events: 2, per: 60 } }) });
    for (const n of [1, 2, 3]) await fire(one, { n });
    await done(one, 2);
    one = await one.restart();
    for (const n of [4, 5]) await fire(one, { n });
    await one.clock.advance(59_000);
    expect(await seen(one)).toEqual([1, 2]);
    await one.clock.advance(2_000);
    await done(one, 4);
    expect(await seen(one)).toEqual([1, 2, 3, 4]);
    await one.clock.advance(60_000);
    await done(one, 5);
    expect(await seen(one)).toEqual([1, 2, 3, 4, 5]);
  });

  test('one that waited longer than it may ends as expired, also while the process is suspended', async () => {
    const one = await handRuntime();
    const process = await started(one, { ...note, triggers: hook({ expiresAfter: 30 }) });
    await process.suspend();
    await fire(one, { n: 1 });
    await one.clock.advance(30_000);
    expect(await states(one)).toEqual(['expired']);
    await process.resume();
    await fire(one, { n: 2 });
    await done(one, 1);
    expect(await seen(one)).toEqual([2]);
  });

  test('one with a higher priority goes before those that came earlier', async () => {
    const one = await handRuntime();
    const process = await started(one, {
      ...note,
      triggers: [...hook({}), { type: 'webhook', id: 'alarm', priority: 0, webhookPath: '/alarm' }],
    });
    await process.suspend();
    for (const n of [1, 2]) await fire(one, { n });
    await one.api.wakeProcess({ name: 'p', payload: { n: 99 }, trigger: 'alarm' });
    await process.resume();
    await done(one, 3);
    expect(await seen(one)).toEqual([99, 1, 2]);
  });

  test('a filter can be tried on a made-up event and on one that came', async () => {
    const one = await handRuntime();
    await started(one, { ...note, triggers: hook({}) });
    const { eventId } = await fire(one, { n: 7 });
    expect(await one.api.testFilter({ expression: 'n > 5', payload: { n: 6 } })).toEqual({
      matches: true,
      fault: null,
    });
    expect(await one.api.testFilter({ expression: 'n > 5', payload: { n: 'x' } })).toMatchObject({
      matches: false,
      fault: expect.any(String),
    });
    expect(await one.api.testFilter({ expression: "n == 7 and trigger_id == 'hook'", eventId })).toEqual({
      matches: true,
      fault: null,
    });
    expect((await caughtLater(one.api.testFilter({ expression: 'n >' }))).code).toBe('FILTER_INVALID');
  });
});

describe('a concurrency key', () => {
  const busy = script(
    `await agent.emit('begin.' + event.payload.who, event.payload.n); await agent.sleep(1000); await agent.emit('end', event.payload.n);`,
  );

  test('keeps events of one key in order while those of others run beside them', async () => {
    const one = await handRuntime();
    await started(one, { ...busy, concurrency: 10, concurrencyKey: 'who', triggers: hook({}) });
    for (const [who, n] of [
      ['a', 1],
      ['a', 2],
      ['b', 3],
      ['a', 4],
      ['c', 5],
    ] as const)
      await fire(one, { who, n });
    const open = () =>
      [...one.runtime.get('p').snapshot.runs.values()]
        .map(({ event }) => one.runtime.get('p').snapshot.queue.get(event)?.lane)
        .sort();
    await until(() => [...one.runtime.get('p').snapshot.runs.values()].filter(({ parked }) => parked).length === 3);
    expect(open()).toEqual(['a', 'b', 'c']);
    await one.clock.advance(1_000);
    await until(
      () =>
        one.runtime.get('p').snapshot.counts.done === 3 &&
        open().length === 1 &&
        [...one.runtime.get('p').snapshot.runs.values()].every(({ parked }) => parked),
    );
    expect(open()).toEqual(['a']);
    await one.clock.advance(1_000);
    await done(one, 4);
    await until(() => [...one.runtime.get('p').snapshot.runs.values()].some(({ parked }) => parked));
    await one.clock.advance(1_000);
    await done(one, 5);
    const events = (await one.api.listEvents({})).items
      .filter(({ type }) => type === 'begin.a')
      .map(({ data }) => data);
    expect(events.reverse()).toEqual([1, 2, 4]);
  });

  test('that cannot be read is refused when the process is saved', async () => {
    const one = await handRuntime();
    expect(
      (await caughtLater(one.runtime.register({ name: 'p', config: { ...busy, concurrencyKey: 'who(' } }))).code,
    ).toBe('FILTER_INVALID');
  });
});

describe('dead letters', () => {
  const picky = script(`if (!agent.context.get('mended')) throw new Error('not yet'); return event.payload.n;`);

  test('survive a restart, are delivered again all at once, each once', async () => {
    let one = await handRuntime();
    await started(one, { ...picky, maxConsecutiveFailures: 100, triggers: hook({}) });
    for (const n of [1, 2, 3]) await fire(one, { n });
    await until(() => one.runtime.get('p').snapshot.counts.dead === 3);
    one = await one.restart();
    expect((await one.api.listTriggerEvents({ state: 'dead' })).items.map(({ reason }) => reason)).toEqual(
      Array(3).fill(expect.stringContaining('not yet')),
    );
    await one.api.setContext({ name: 'p', key: 'mended', value: true });
    const { redelivered, failed } = await one.api.redeliverAll({ process: 'p' });
    expect({ count: redelivered.length, failed }).toEqual({ count: 3, failed: [] });
    await done(one, 3);
    expect((await one.api.redeliverAll({ process: 'p' })).redelivered).toEqual([]);
    const again = (await one.api.listTriggerEvents({ state: 'dead' })).items.map(({ redeliveredAs }) => redeliveredAs);
    expect(new Set(again)).toEqual(new Set(redelivered));
  });

  test('an event that waits can be cancelled, with the reason', async () => {
    const one = await handRuntime();
    const process = await started(one, { ...note, triggers: hook({}) });
    await process.suspend();
    const { eventId } = await fire(one, { n: 1 });
    expect(await one.api.cancel({ id: eventId, reason: 'not wanted' })).toMatchObject({
      state: 'cancelled',
      reason: 'not wanted',
    });
  });
});

describe('a firing of cron that comes while an earlier one is busy', () => {
  const slow = script(`await agent.sleep(150000); return event.payload.scheduled_time;`);
  const everyMinute = (overlap: 'skip' | 'queue_one' | 'queue_all' | 'cancel_previous') => [
    { type: 'cron' as const, id: 'tick', cronExpression: '* * * * *', overlap },
  ];

  test.each([
    ['skip', { done: 2, cancelled: 0, noted: ['skipped'] }],
    ['queue_one', { done: 2, cancelled: 0, noted: ['coalesced'] }],
    ['queue_all', { done: 2, cancelled: 0, noted: [] }],
    ['cancel_previous', { done: 0, cancelled: 5, noted: [] }],
  ] as const)('under %s', async (overlap, { done: most, cancelled, noted }) => {
    const one = await handRuntime();
    await started(one, { ...slow, inDoubtPolicy: 'hold', triggers: everyMinute(overlap) });
    const parked = () => [...one.runtime.get('p').snapshot.runs.values()].every((run) => run.parked);
    for (let minute = 0; minute < 6; minute++) {
      await one.clock.advance(60_000);
      await until(parked);
    }
    const { counts } = one.runtime.get('p').snapshot;
    expect(counts.done).toBeLessThanOrEqual(most);
    expect(counts.cancelled).toBe(cancelled);
    const notes = (await one.api.readJournal({ name: 'p', kind: 'occurrence.noted' })).items.map(
      ({ body }) => body['outcome'],
    );
    expect([...new Set(notes)]).toEqual(noted);
  });
});
