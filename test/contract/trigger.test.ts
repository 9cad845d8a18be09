import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/main/lib/clock.ts';
import { EventBus } from '../../src/main/messaging/event-bus.ts';
import type { MessageBroker } from '../../src/main/messaging/message-broker.ts';
import { createTrigger } from '../../src/main/triggers/create-trigger.ts';
import type { Trigger, WebhookReceiver } from '../../src/main/triggers/trigger.ts';
import { TriggerConfig } from '../../src/shared/config/trigger-config.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import { caughtLater } from '../world/caught.ts';
import { HandClock } from '../world/hand-clock.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { TriggerWorld } from '../world/trigger-host.ts';
import { until } from '../world/until.ts';

/** One kind of trigger with a source that the test can make something happen at. */
interface Source {
  clock: Clock;
  settings: object;
  /** Makes the `n`-th thing happen. The same `n` again is the same thing. Rejects when the source hears no. */
  happen(n: number, trigger: Trigger): Promise<void>;
  /** After what happened has had every chance to arrive. */
  settled(): Promise<void>;
  /** Whether what happens while nobody listens is found at the next start. */
  findsWhatItMissed: boolean;
}

const sources: Record<string, () => Source> = {
  cron() {
    const clock = new HandClock();
    const start = clock.now();
    return {
      clock,
      settings: { type: 'cron', cronExpression: '* * * * *', overlap: 'queue_all', catchUp: 'all' },
      happen: (n) => clock.advance(Math.max(0, start + n * 60_000 - clock.now())),
      settled: () => clock.settle(),
      findsWhatItMissed: true,
    };
  },
  webhook() {
    const clock = new HandClock();
    return {
      clock,
      settings: { type: 'webhook' },
      async happen(n, trigger) {
        const request = {
          method: 'POST',
          path: '/hooks/p/webhook',
          query: {},
          body: Buffer.from('x'),
          remoteAddress: '127.0.0.1',
        };
        await (trigger as WebhookReceiver).receive({ ...request, headers: { 'idempotency-key': `n${n}` } });
      },
      settled: () => clock.settle(),
      findsWhatItMissed: false,
    };
  },
  file_watch() {
    const folder = scratchFolder();
    let marks = 0;
    return {
      clock: systemClock,
      settings: { type: 'file_watch', watchPath: folder, watchDebounceSeconds: 0.05 },
      happen: (n) => writeFile(join(folder, `f${n}`), `${n}`, { flag: 'wx' }).catch(() => {}),
      async settled() {
        // A watch of its own says that the system has told everyone.
        const mark = `mark${++marks}`;
        const other = new TriggerWorld(systemClock);
        const config = {
          ...TriggerConfig.parse({ type: 'file_watch', watchPath: folder, watchDebounceSeconds: 0.3 }),
          id: 'other',
        };
        const watch = createTrigger(config, other.session(), parts());
        await watch.start();
        await writeFile(join(folder, mark), '');
        await until(() => other.events.length > 0);
        await watch.stop();
      },
      findsWhatItMissed: true,
    };
  },
};

const parts = () => ({ bus: new EventBus(), broker: {} as MessageBroker });

describe.each(Object.keys(sources))('a %s trigger', (kind) => {
  function made() {
    const source = (sources[kind] as () => Source)();
    const host = new TriggerWorld(source.clock);
    const config = { ...TriggerConfig.parse(source.settings), id: 'one' };
    const create = () => createTrigger(config, host.session(), parts());
    const keys = () => host.events.map(({ dedupeKey }) => dedupeKey).filter((key) => !key.includes('mark'));
    return { source, host, create, keys };
  }

  it('wakes under its own id and kind, with a key and a payload', async () => {
    const { source, host, create, keys } = made();
    const trigger = create();
    await trigger.start();
    await source.happen(1, trigger);
    await until(() => keys().length === 1);
    expect(host.events[0]).toMatchObject({ trigger: 'one', kind });
    expect(host.events[0]?.dedupeKey).toContain(':one:');
    await trigger.stop();
  });

  it('says in one line what it does, before it has started as well', () => {
    const trigger = made().create();
    expect(trigger.summary()).toMatch(/^.{5,200}$/);
    expect(trigger.type).toBe(kind);
    const next = trigger.nextFiring();
    expect(next === null || next > 0).toBe(true);
  });

  it('may be started and stopped twice, and started again', async () => {
    const { source, create, keys } = made();
    const trigger = create();
    await trigger.stop();
    await trigger.start();
    await trigger.start();
    await source.happen(1, trigger);
    await until(() => keys().length === 1);
    await trigger.stop();
    await trigger.stop();
    await trigger.start();
    await source.happen(2, trigger);
    await until(() => keys().length === 2);
    await source.settled();
    expect(new Set(keys()).size).toBe(2);
    await trigger.stop();
  });

  it('takes the same happening once through kills', async () => {
    const { source, host, create, keys } = made();
    for (let n = 1; n <= 5; n++) {
      const trigger = create();
      await trigger.start();
      await source.happen(n, trigger);
      await until(() => keys().length === n);
      if (n % 2 === 0) await source.happen(n, trigger);
      host.kill();
      void trigger.stop();
    }
    const last = create();
    await last.start();
    await source.settled();
    expect(keys()).toHaveLength(5);
    expect(new Set(keys()).size).toBe(5);
    await last.stop();
  });

  it('wakes nobody after it was stopped', async () => {
    const { source, create, keys } = made();
    const trigger = create();
    await trigger.start();
    await source.happen(1, trigger);
    await until(() => keys().length === 1);
    await trigger.stop();
    if (!source.findsWhatItMissed) return;
    await source.happen(2, trigger);
    await source.settled();
    expect(keys()).toHaveLength(1);
    const again = create();
    await again.start();
    await until(() => keys().length === 2);
    await again.stop();
  });

  it('loses nothing to a host that refuses: it brings it again, or the source hears no', async () => {
    const { source, host, create, keys } = made();
    const trigger = create();
    await trigger.start();
    let refused = 0;
    host.refuse = () => {
      refused++;
      return new RuntimeError('DISK_FULL', 'no space left');
    };
    const brought = source.happen(1, trigger);
    if (source.findsWhatItMissed) await brought;
    else expect((await caughtLater(brought)).code).toBe('DISK_FULL');
    await until(() => refused > 0);
    expect(keys()).toEqual([]);
    host.refuse = () => undefined;
    if (!source.findsWhatItMissed) await source.happen(1, trigger);
    else if (source.clock instanceof HandClock) await source.clock.advance(5_000);
    await until(() => keys().length === 1);
    await trigger.stop();
  });
});
