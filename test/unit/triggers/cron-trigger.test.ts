import { describe, expect, it } from 'vitest';
import { CronTrigger } from '../../../src/main/triggers/cron/cron-trigger.ts';
import { readCron } from '../../../src/main/triggers/cron/next-cron-time.ts';
import { CronTrigger as CronConfig } from '../../../src/shared/config/trigger-config.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { draws } from '../../world/draws.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { TriggerWorld } from '../../world/trigger-host.ts';

type Settings = Partial<Parameters<typeof CronConfig.parse>[0] & Record<string, unknown>>;

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

function world(settings: Settings = {}, start = '2026-01-05T00:00:00Z') {
  const clock = new HandClock(start);
  const host = new TriggerWorld(clock);
  host.runAtOnce = true;
  const config = { ...CronConfig.parse({ type: 'cron', cronExpression: '0 * * * *', ...settings }), id: 'tick' };
  const begin = async (away?: string) => {
    const trigger = new CronTrigger(config, host.session(away));
    await trigger.start();
    return trigger;
  };
  const fired = () =>
    host.events.map((event) => new Date(Number(event.dedupeKey.split(':')[2])).toISOString().slice(5, 19));
  return { clock, host, begin, fired };
}

describe('a cron trigger', () => {
  it('wakes at each instant with what the agent needs to know', async () => {
    const { clock, host, begin } = world({ cronExpression: '0 9 * * *', cronTimezone: 'Europe/Berlin' });
    const trigger = await begin();
    expect(trigger.nextFiring()).toBe(Date.parse('2026-01-05T08:00:00Z'));
    expect(trigger.summary()).toBe('At 09:00 (Europe/Berlin)');
    await clock.advance(2 * day);
    expect(host.events).toMatchObject([
      {
        trigger: 'tick',
        kind: 'cron',
        dedupeKey: `cron:tick:${Date.parse('2026-01-05T08:00:00Z')}`,
        payload: {
          scheduled_time: '2026-01-05T08:00:00.000Z',
          cron_expression: '0 9 * * *',
          timezone: 'Europe/Berlin',
          missed: 0,
        },
        metadata: { lateness_ms: 0 },
        taint: [],
      },
      { payload: { scheduled_time: '2026-01-06T08:00:00.000Z' } },
    ]);
    expect(host.notes).toEqual([]);
    await trigger.stop();
    await clock.advance(2 * day);
    expect(host.events).toHaveLength(2);
  });

  it('never fires for instants before it came to be', async () => {
    const { clock, host, begin } = world({}, '2026-01-05T00:30:00Z');
    await begin();
    expect(host.events).toEqual([]);
    await clock.advance(hour);
    expect(host.events).toHaveLength(1);
  });
});

describe('after the node was off from 01:00 to 06:30', () => {
  async function away(settings: Settings) {
    const made = world(settings);
    await made.begin();
    await made.clock.advance(hour);
    made.host.kill();
    await made.clock.advance(5 * hour + 30 * minute);
    await made.begin('the node was off');
    return made;
  }

  it('G14: catch_up last runs once for the newest missed instant and records the others', async () => {
    const { host, fired } = await away({});
    expect(fired()).toEqual(['01-05T01:00:00', '01-05T06:00:00']);
    expect(host.events[1]).toMatchObject({ payload: { missed: 4 }, metadata: { lateness_ms: 30 * minute } });
    expect(host.notes).toEqual([
      {
        trigger: 'tick',
        outcome: 'coalesced',
        first: Date.parse('2026-01-05T02:00:00Z'),
        instant: Date.parse('2026-01-05T05:00:00Z'),
        count: 4,
        reason: 'the node was off',
      },
    ]);
  });

  it('catch_up all runs for each, oldest first, whatever the overlap rule', async () => {
    const { host, fired } = await away({ catchUp: 'all', overlap: 'skip' });
    expect(fired()).toEqual(['01', '02', '03', '04', '05', '06'].map((h) => `01-05T${h}:00:00`));
    expect(host.notes).toEqual([]);
  });

  it('catch_up all runs for at most catch_up_max, the newest, and records the rest', async () => {
    const { host, fired } = await away({ catchUp: 'all', catchUpMax: 2 });
    expect(fired().slice(1)).toEqual(['01-05T05:00:00', '01-05T06:00:00']);
    expect(host.notes).toMatchObject([{ outcome: 'missed', count: 3, instant: Date.parse('2026-01-05T04:00:00Z') }]);
    expect(host.notes[0]?.reason).toBe('the node was off; catch_up_max is 2');
  });

  it('catch_up none runs for none of them and records all', async () => {
    const { clock, host, fired } = await away({ catchUp: 'none' });
    expect(fired()).toEqual(['01-05T01:00:00']);
    expect(host.notes).toMatchObject([{ outcome: 'missed', count: 5, reason: 'the node was off' }]);
    await clock.advance(30 * minute);
    expect(fired()).toEqual(['01-05T01:00:00', '01-05T07:00:00']);
  });

  it('a second restart finds nothing left to catch up', async () => {
    const { host, begin } = await away({});
    const before = [host.events.length, host.notes.length];
    host.kill();
    await begin();
    expect([host.events.length, host.notes.length]).toEqual(before);
  });
});

describe('when the clock moves', () => {
  it('G15: sleep is noticed within 30 s of waking and follows catch_up', async () => {
    const { clock, host, begin, fired } = world();
    await begin();
    clock.jump(3 * hour + 10 * minute);
    await clock.advance(30_000);
    expect(fired()).toEqual(['01-05T03:00:00']);
    expect(host.notes).toMatchObject([
      { outcome: 'coalesced', count: 2, reason: 'the computer slept or the clock was set forward' },
    ]);
  });

  it('an instant just before waking is on time, also with catch_up none', async () => {
    const { clock, host, begin, fired } = world({ catchUp: 'none' });
    await begin();
    clock.jump(3 * hour - 25_000);
    await clock.advance(30_000);
    expect(fired()).toEqual(['01-05T03:00:00']);
    expect(host.notes).toMatchObject([{ outcome: 'missed', count: 2 }]);
  });

  it('a node that is slow for a moment fires each instant', async () => {
    const { clock, host, begin } = world({ cronExpression: '* * * * * *', overlap: 'queue_all' });
    await begin();
    await clock.advance(3_000);
    clock.jump(5_000);
    await clock.advance(1_000);
    expect(host.events).toHaveLength(9);
    expect(host.notes).toEqual([]);
  });

  it('G15: set back by an hour, nothing fires again and the next new instant fires', async () => {
    const { clock, host, begin, fired } = world({ cronExpression: '*/10 * * * *' });
    const trigger = await begin();
    await clock.advance(2 * hour);
    expect(host.events).toHaveLength(12);
    clock.jump(-hour);
    expect(trigger.nextFiring()).toBe(Date.parse('2026-01-05T02:10:00Z'));
    await clock.advance(hour);
    expect(host.events).toHaveLength(12);
    await clock.advance(10 * minute);
    expect(fired().at(-1)).toBe('01-05T02:10:00');
    expect(host.notes).toEqual([]);
  });

  it('set right after it had been ahead by years, the schedule goes on from now, also after a restart', async () => {
    const { clock, host, begin, fired } = world({ cronExpression: '0 * * * *' });
    await begin();
    await clock.advance(hour);
    clock.jump(4 * 365 * day);
    await clock.advance(minute);
    expect(host.events).toHaveLength(2);
    clock.jump(-4 * 365 * day);
    await clock.advance(2 * hour);
    expect(fired().slice(2)).toEqual(['01-05T02:00:00', '01-05T03:00:00']);
    host.kill();
    await clock.advance(2 * hour);
    await begin();
    expect(fired().slice(4)).toEqual(['01-05T05:00:00']);
    expect(host.notes.at(-1)).toMatchObject({ count: 1, reason: 'the node was off' });
  });
});

describe('while an earlier firing has not ended', () => {
  async function busy(overlap: string) {
    const made = world({ overlap });
    made.host.runAtOnce = false;
    await made.begin();
    await made.clock.advance(hour);
    const first = made.host.events[0];
    if (first) first.state = 'running';
    return made;
  }

  it('skip passes over what comes', async () => {
    const { clock, host } = await busy('skip');
    await clock.advance(hour);
    expect(host.events).toHaveLength(1);
    expect(host.notes).toMatchObject([{ outcome: 'skipped', count: 1, reason: 'an earlier firing had not ended' }]);
  });

  it('queue_one lets one wait', async () => {
    const { clock, host } = await busy('queue_one');
    await clock.advance(3 * hour);
    expect(host.events.map(({ state }) => state)).toEqual(['running', 'waiting']);
    expect(host.notes).toMatchObject([
      { outcome: 'coalesced', count: 1, reason: 'an earlier firing was waiting already' },
      { outcome: 'coalesced', count: 1 },
    ]);
  });

  it('queue_all lets all wait', async () => {
    const { clock, host } = await busy('queue_all');
    await clock.advance(3 * hour);
    expect(host.events).toHaveLength(4);
    expect(host.notes).toEqual([]);
  });

  it('cancel_previous ends it and says why', async () => {
    const { clock, host } = await busy('cancel_previous');
    await clock.advance(hour);
    expect(host.events).toMatchObject([
      { state: 'ended', cancelled: 'the firing of 2026-01-05T02:00:00.000Z takes its place' },
      { state: 'waiting' },
    ]);
  });

  it('a note that was held back is written although nothing fires any more', async () => {
    const { clock, host, begin } = world({ cronExpression: '0-5 0 1 5 1 *', overlap: 'skip' }, '2026-01-05T00:59:00Z');
    host.runAtOnce = false;
    await begin();
    await clock.advance(3 * minute);
    expect(host.events).toHaveLength(1);
    expect(host.notes.map(({ count }) => count)).toEqual([1, 4]);
  });

  it('a schedule of one second writes a note a minute, and every instant is in one', async () => {
    const { clock, host, begin } = world({ cronExpression: '* * * * * *', overlap: 'skip' });
    host.runAtOnce = false;
    const trigger = await begin();
    await clock.advance(10 * minute);
    expect(host.notes.length).toBeLessThanOrEqual(11);
    await trigger.stop();
    expect(host.notes.reduce((sum, note) => sum + note.count, 0)).toBe(599);
    expect(host.events).toHaveLength(1);
  });
});

describe('what the process answers', () => {
  it('a full queue is tried again, and what it cost is on record', async () => {
    const { clock, host, begin, fired } = world({ cronExpression: '* * * * *' });
    host.refuse = () => new RuntimeError('QUEUE_FULL', 'full');
    await begin();
    await clock.advance(10 * minute + 5_000);
    expect(host.events).toEqual([]);
    host.refuse = () => undefined;
    await clock.advance(30_000);
    expect(fired()).toEqual(['01-05T00:10:00']);
    expect(host.notes.reduce((sum, note) => sum + note.count, 0)).toBe(9);
    expect(new Set(host.notes.map(({ outcome, reason }) => `${outcome}: ${reason}`))).toEqual(
      new Set(['coalesced: the queue was full']),
    );
    await clock.advance(minute);
    expect(fired()).toEqual(['01-05T00:10:00', '01-05T00:11:00']);
  });

  it('a journal that fails at the start does not keep the trigger from firing later', async () => {
    const { clock, host, begin, fired } = world({ cronExpression: '* * * * *' });
    await begin();
    host.kill();
    await clock.advance(5 * minute);
    let fails = 2;
    host.refuse = () => (fails-- > 0 ? new RuntimeError('DISK_FULL', 'no space left') : undefined);
    await begin();
    await clock.advance(10_000);
    expect(fired()).toEqual(['01-05T00:05:00']);
    expect(host.notes).toMatchObject([{ count: 4, reason: 'the node was off' }]);
  });

  it('an instant its filter lets pass is on record', async () => {
    const { clock, host, begin } = world();
    host.filter = () => false;
    await begin();
    await clock.advance(hour);
    expect(host.events).toEqual([]);
    expect(host.notes).toMatchObject([{ outcome: 'skipped', count: 1, reason: 'its filter let it pass by' }]);
  });
});

describe('jitter', () => {
  it('puts each firing off by a part of it, the same part after a restart', async () => {
    const { clock, host, begin } = world({ jitter: '10m' });
    await begin();
    await clock.advance(24 * hour);
    const lateness = host.events.map((event) => Number(event.metadata['lateness_ms']));
    expect(lateness).toHaveLength(23);
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...lateness)).toBeLessThan(10 * minute);
    expect(new Set(lateness).size).toBeGreaterThan(15);

    const again = world({ jitter: '10m' });
    for (let n = 0; n < 24 * 12; n++) {
      await again.begin();
      await again.clock.advance(5 * minute);
      again.host.kill();
    }
    expect(again.host.instants).toEqual(host.instants);
    expect(again.host.notes).toEqual([]);
  });

  it('longer than the time between firings keeps their order and loses none', async () => {
    const { clock, host, begin } = world({ jitter: '5m', cronExpression: '* * * * *', overlap: 'queue_all' });
    await begin();
    await clock.advance(2 * hour);
    expect(host.instants).toEqual([...host.instants].sort((a, b) => a - b));
    expect(host.instants.length).toBeGreaterThanOrEqual(115);
    expect(host.notes).toEqual([]);
  });
});

describe('through kills, sleep and clocks that jump both ways', () => {
  it.each([
    ['Europe/Berlin', '2026-03-28T12:00:00Z'],
    ['Europe/Berlin', '2026-10-24T12:00:00Z'],
    ['America/New_York', '2026-03-07T12:00:00Z'],
    ['America/New_York', '2026-10-31T12:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T04:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T04:00:00Z'],
    ['America/Nuuk', '2026-03-28T12:00:00Z'],
    ['America/Nuuk', '2026-10-24T12:00:00Z'],
    ['Africa/Cairo', '2026-04-23T12:00:00Z'],
    ['Africa/Cairo', '2026-10-29T12:00:00Z'],
  ])('every instant in %s from %s on is an event or in a note, once', async (zone, start) => {
    const draw = draws();
    for (const catchUp of ['last', 'all', 'none']) {
      const cronExpression = draw.one(['*/7 * * * *', '*/20 1-3 * * *', '30 * * * *', '0,45 0,2,23 * * *']);
      const overlap = draw.one(['skip', 'queue_one', 'queue_all', 'cancel_previous']);
      const { clock, host, begin } = world(
        { cronExpression, cronTimezone: zone, catchUp, overlap, catchUpMax: 5 },
        start,
      );
      const born = clock.now();
      await begin();
      const told: string[] = [];
      let newest = born;
      for (let turn = 0; turn < 40; turn++) {
        const ms = draw.int(1, 100) * minute;
        const what = draw.one(['advance', 'advance', 'advance', 'kill', 'sleep', 'back', 'end']);
        told.push(`${what} ${ms / minute}`);
        if (what === 'kill') {
          if (draw.chance(0.5)) host.kill();
          await clock.advance(draw.chance(0.5) ? ms : 0);
          await begin();
        } else if (what === 'end') {
          for (const event of host.events) event.state = 'ended';
        } else if (what === 'sleep') {
          clock.jump(ms);
        } else if (what === 'back') {
          clock.jump(-ms);
        }
        host.runAtOnce = draw.chance(0.6);
        await clock.advance(what === 'advance' ? ms : minute);
        newest = Math.max(newest, clock.now());
      }
      host.kill();
      clock.jump(newest - clock.now() + 1);
      await (await begin()).stop();

      const schedule = readCron(cronExpression, zone);
      const label = `${draw.label} ${cronExpression} ${catchUp} ${overlap}: ${told.join(', ')}`;
      const recorded = [
        ...host.instants,
        ...host.notes.flatMap((note) => {
          const instants = schedule.firings(note.first - 1, note.count);
          expect(instants.at(-1), label).toBe(note.instant);
          return instants;
        }),
      ].sort((a, b) => a - b);
      expect(recorded, label).toEqual(schedule.due(born, newest + 1, 10_000).newest);
    }
  });
});
