import { describe, expect, test } from 'vitest';
import { loopIn, runLength, type SeenCall } from '../../../src/main/governance/call-patterns.ts';
import type { ProcessConfigInput } from '../../../src/shared/config/process-config.ts';
import { script, wake } from '../../world/make.ts';
import { calls, says } from '../../world/model-replies.ts';
import { bodiesOf, drained, ended } from '../../world/outcomes.ts';
import { createWorld, fileSandbox } from '../../world/world.ts';

const sandbox = fileSandbox();
const same = (a: SeenCall, b: SeenCall) => a.key === b.key;
const seen = (text: string): SeenCall[] => [...text].map((key) => ({ key, name: key }));

describe('patterns of calls', () => {
  test.each([
    ['xABAB', 2, 'AB'],
    ['ABCABC', 2, 'ABC'],
    ['ABCDEABCDE', 2, 'ABCDE'],
    ['AABAAB', 2, 'AAB'],
    ['ABABA', 2, 'BA'],
    ['ABAB', 3, null],
    ['AAAA', 2, null],
    ['ABCD', 2, null],
    ['ABC', 2, null],
  ])('%s repeated %i times holds the loop %s', (text, repeats, loop) => {
    expect(
      loopIn(seen(text), repeats, same)
        ?.map(({ key }) => key)
        .join('') ?? null,
    ).toBe(loop);
  });

  test('calls in a row are counted from the newest', () => {
    expect(['', 'A', 'AB', 'BAA', 'AAA'].map((text) => runLength(seen(text), same))).toEqual([0, 1, 1, 2, 3]);
  });
});

const makes = (whats: string, more: ProcessConfigInput): ProcessConfigInput => ({
  ...script(
    `for (const what of ${JSON.stringify([...whats])}) await agent.tool('put', { what }); return 'a long enough answer'`,
  ),
  ...more,
});

describe('in the middle of a run', () => {
  test('an agent that is stuck is stopped before the next call, and may go on when it is resumed', async () => {
    await using world = await createWorld({ sandbox });
    const process = await world.started('p', makes('aaaaa', { health: {} }));
    await wake(process);
    await world.until(() => process.state === 'suspended');
    expect(process.snapshot.stateReason).toContain('same call of put 3 times');
    expect(world.ledger.done('put')).toHaveLength(3);
    await process.resume();
    await drained(process);
    expect(world.ledger.done('put')).toHaveLength(5);
    await world.until(() => process.snapshot.health.anomalies['stuck']?.over === true);
    const noted = await bodiesOf(world, process, 'governance.noted');
    expect(noted.map(({ what, about }) => [what, about])).toEqual([
      ['anomaly', 'stuck'],
      ['recovered', 'stuck'],
    ]);
  });

  test.each(['abab', 'abcabc', 'abcdabcd'])('a loop of any length is seen: %s', async (whats) => {
    await using world = await createWorld({ sandbox });
    const process = await world.started('p', makes(`${whats}z`, { health: { onAnomaly: 'stop' } }));
    await wake(process);
    await world.until(() => process.state === 'stopped');
    expect(world.ledger.done('put')).toHaveLength(whats.length);
    expect(process.snapshot.stateReason).toContain('goes in circles');
  });

  test('what was called before a kill still counts', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite' });
    const config = {
      ...script(
        `for (const n of [1, 2, 3]) { await agent.tool('put', { what: 'same' }); if (n === 2) await agent.ask('on?') } return 'a long enough answer'`,
      ),
      health: {},
    };
    await wake(await world.started('p', config));
    await world.until(() => world.alive('p').snapshot.items.size === 1);
    await world.restart('killed');
    const process = await world.takenUp('p');
    await process.steering.answer([...process.snapshot.items.keys()][0] ?? '', 'yes', 'ada');
    await world.until(() => process.state === 'suspended');
    expect(process.snapshot.health.anomalies).toHaveProperty('stuck');
  });

  test('without a word in the manifest a model is watched with wide limits, a script not at all', async () => {
    await using world = await createWorld({ sandbox });
    const model = await world.model();
    let asked = 0;
    model.reply(() => (asked++ < 18 ? calls('read', {}) : says('done')));
    const process = await world.started('p', await world.thinking());
    await wake(process);
    await world.until(() => process.state === 'suspended');
    expect(model.chatCount).toBe(10);
    const free = await world.started('q', makes('a'.repeat(30), {}));
    await wake(free);
    await drained(free);
    expect(world.ledger.done('put')).toHaveLength(30);
  });
});

describe('over runs', () => {
  test('agents that fail again and again are acted on, though no run succeeds', async () => {
    await using world = await createWorld({ sandbox });
    const config = {
      ...script(`throw new Error('no')`),
      maxConsecutiveFailures: 100,
      triggerDelivery: { maxRetries: 0 },
      health: { errorWindow: 4 },
    };
    const process = await world.started('p', config);
    for (let n = 0; n < 8; n++) await wake(process, n);
    await world.until(() => process.state === 'suspended');
    expect(process.snapshot.counts.dead).toBe(4);
    expect(process.snapshot.stateReason).toContain('4 of its last 4 runs');
  });

  test('empty answers are told of once, and so is the recovery', async () => {
    await using world = await createWorld();
    const model = await world.model();
    model.reply(({ n }) => says(n <= 4 ? '' : 'a long enough answer'));
    const process = await world.started('p', await world.thinking({ health: { emptyThreshold: 2, onAnomaly: 'log' } }));
    for (let n = 1; n <= 7; n++) {
      await wake(process, n);
      await ended(process, n);
    }
    await world.until(async () => (await bodiesOf(world, process, 'governance.noted')).length === 2);
    const noted = await bodiesOf(world, process, 'governance.noted');
    expect(noted.map(({ what, about }) => [what, about])).toEqual([
      ['anomaly', 'empty'],
      ['recovered', 'empty'],
    ]);
    expect(process.state).toBe('running');
  });

  test('an anomaly is told of again only after its cooldown', async () => {
    await using world = await createWorld({ clock: 'hand', sandbox });
    const config = {
      ...script(`throw new Error('no')`),
      maxConsecutiveFailures: 100,
      triggerDelivery: { maxRetries: 0 },
      health: { errorWindow: 1, onAnomaly: 'log' as const },
    };
    const process = await world.started('p', config);
    for (const [n, expected] of [1, 1, 2].entries()) {
      if (n === 2) await world.clock.advance(300_000);
      await wake(process, n);
      await ended(process, n + 1);
      await world.until(async () => (await bodiesOf(world, process, 'governance.noted')).length >= expected);
      expect(await bodiesOf(world, process, 'governance.noted')).toHaveLength(expected);
    }
  });

  test('an escalation publishes its event', async () => {
    await using world = await createWorld({ sandbox });
    const heard: unknown[] = [];
    world.bus.subscribe('help', async (event) => void heard.push(event.data));
    const process = await world.started(
      'p',
      makes('aaa', { health: { onAnomaly: 'escalate', escalation: { eventType: 'help' } } }),
    );
    await wake(process);
    await world.until(() => process.state === 'suspended');
    await world.until(() => heard.length === 1);
    expect(heard).toMatchObject([{ process: 'p', guard: 'health', about: 'stuck' }]);
    expect((await bodiesOf(world, process, 'governance.noted'))[0]).toMatchObject({
      escalation: { eventType: 'help' },
    });
  });
});
