import { describe, expect, test } from 'vitest';
import type { RuntimeClient } from '../../src/shared/api.ts';
import { script } from '../world/make.ts';
import { until } from '../world/until.ts';
import { createWorld } from '../world/world.ts';

const minute = 60_000;
const clockwork = (cron: string, more: object = {}) => ({
  version: '1.0',
  name: 'clockwork',
  ...script(`return event.payload.scheduled_time + ' missed ' + event.payload.missed`),
  triggers: [{ type: 'cron', cron_expression: cron, ...more }],
});

/** What its runs said, in the order in which they ended, once there are so many. */
const said = (client: RuntimeClient, runs: number) =>
  until(async () => {
    const { items } = await client.readJournal({ name: 'clockwork', kind: 'run.settled' });
    return items.length >= runs ? items.map(({ body }) => body['output']) : undefined;
  });

describe('cron wakes it', () => {
  test('every five minutes, on the minute, and it says when it will be next', async () => {
    await using world = await createWorld({ journal: 'sqlite', clock: 'hand' });
    const client = await world.client();
    const { nextFiring } = await client.createProcess({ manifest: clockwork('*/5 * * * *'), start: true });
    expect(nextFiring).toBe(Date.parse('2026-01-05T00:05:00Z'));
    await world.clock.advance(12 * minute);
    expect(await said(client, 2)).toEqual(['2026-01-05T00:05:00.000Z missed 0', '2026-01-05T00:10:00.000Z missed 0']);
    const [trigger] = (await client.listTriggers({ name: 'clockwork' })).items;
    expect(trigger).toMatchObject({ type: 'cron', lastFired: Date.parse('2026-01-05T00:10:00Z') });
    const { firings } = await client.nextFirings({ name: 'clockwork', id: trigger?.id ?? '', count: 2 });
    expect(firings.map((at) => new Date(at).toISOString())).toEqual([
      '2026-01-05T00:15:00.000Z',
      '2026-01-05T00:20:00.000Z',
    ]);
  });

  test('by the clock of a place, also where that is moved', async () => {
    await using world = await createWorld({ journal: 'sqlite', clock: 'hand' });
    await world.clock.advanceTo('2026-03-28T12:00:00Z');
    const client = await world.client();
    await client.createProcess({ manifest: clockwork('30 2 * * *', { cron_timezone: 'Europe/Berlin' }), start: true });
    const { items } = await client.listTriggers({ name: 'clockwork' });
    // 02:30 of March 29 does not exist there: it fires when the clocks have been put forward.
    expect(items[0]?.nextFiring).toBe(Date.parse('2026-03-29T01:00:00Z'));
  });

  test.each([
    ['last', ['2026-01-05T01:00:00.000Z missed 11'], 11],
    [
      'all',
      Array.from({ length: 12 }, (_, n) => `${new Date(Date.UTC(2026, 0, 5, 0, 5 * (n + 1))).toISOString()} missed 0`),
      0,
    ],
    ['none', [], 12],
  ] as const)(
    'after an hour in which nothing ran, it catches up on %s, and every time it missed is accounted for',
    async (catch_up, expected, noted) => {
      await using world = await createWorld({ journal: 'sqlite', clock: 'hand' });
      await (await world.client()).createProcess({ manifest: clockwork('*/5 * * * *', { catch_up }), start: true });
      await world.restart('killed');
      await world.clock.advance(61 * minute);
      const client = await world.client();
      expect(await said(client, expected.length)).toEqual(expected);
      const { items } = await client.readJournal({ name: 'clockwork', kind: 'occurrence.noted' });
      expect(items.reduce((sum, { body }) => sum + Number(body['count']), 0)).toBe(noted);
    },
  );

  test('stopped by a person it is not woken, and what was planned meanwhile is nobody’s loss', async () => {
    await using world = await createWorld({ journal: 'sqlite', clock: 'hand' });
    const client = await world.client();
    await client.createProcess({ manifest: clockwork('*/5 * * * *'), start: true });
    await client.stopProcess({ name: 'clockwork' });
    await world.clock.advance(60 * minute);
    await client.startProcess({ name: 'clockwork' });
    await world.clock.advance(5 * minute);
    expect(await said(client, 1)).toEqual(['2026-01-05T01:05:00.000Z missed 0']);
  });

  test('every second, by the clock of this computer', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client();
    await client.createProcess({ manifest: clockwork('* * * * * *'), start: true });
    const [first, second] = await said(client, 2);
    const at = (text: unknown) => Date.parse(String(text).split(' ')[0] ?? '');
    expect(at(second) - at(first)).toBe(1_000);
  });
});
