import { describe, expect, onTestFinished, test } from 'vitest';
import { pastOf } from '../../src/main/processes/runs/run-record.ts';
import { openOfflineReplay } from '../../src/main/runtime/keeping/offline-replay.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import { caughtLater } from '../world/caught.ts';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained, openItem, settled } from '../world/outcomes.ts';
import { until } from '../world/until.ts';
import { createWorld, fileSandbox, type World, type WorldOptions } from '../world/world.ts';

const sandbox = fileSandbox();
const paying = script(`return (await agent.tool('pay', { what: event.payload.n })).n ?? 'unknown'`);

/** A program that is killed before or after `pay` had its effect, and the next one. */
async function cutOff(world: World, toolPolicies: ProcessConfigInput['toolPolicies'], when: 'before' | 'after') {
  const process = await world.started('p', { ...paying, ...(toolPolicies ? { toolPolicies } : {}) });
  const gate = world.ledger.hold('pay', when);
  await wake(process, { n: 1 });
  await gate.arrived;
  await world.restart('killed');
  return world.takenUp('p');
}

const world = (more: WorldOptions = {}) => createWorld({ journal: 'sqlite', sandbox, ...more });

describe('a call in doubt, with a policy of the user for its tool', () => {
  test.each([
    ['assume_executed', 'before', [], 'unknown'],
    ['assume_executed', 'after', [1], 'unknown'],
    ['assume_not_executed', 'before', [1], 1],
    ['assume_not_executed', 'after', [1, 1], 2],
  ] as const)(
    '%s, cut off %s its effect, is settled without a question, and says by whom',
    async (inDoubt, when, done, output) => {
      await using w = await world();
      const process = await cutOff(w, { pay: { inDoubt } }, when);
      await drained(process);
      expect(w.ledger.done('pay')).toEqual(done);
      expect((await settled(w, process))[0]).toMatchObject({ outcome: 'done', output });
      const [step] = await bodiesOf(w, process, 'step.ended');
      if (inDoubt === 'assume_executed') expect(step?.by).toBe('policy:assume_executed');
      expect(await bodiesOf(w, process, 'run.parked')).toEqual([]);
    },
  );

  test('repeat: is made again with the same key, like a tool that says so itself', async () => {
    await using w = await world();
    const process = await cutOff(w, { pay: { inDoubt: 'repeat' } }, 'after');
    await drained(process);
    expect(w.ledger.calls).toHaveLength(2);
    expect(new Set(w.ledger.calls.map(({ callKey }) => callKey)).size).toBe(1);
  });

  test.each([
    ['after', [1], 2],
    ['before', [1], 2],
  ] as const)('verify: is looked up with a tool that only reads, cut off %s its effect', async (when, done, output) => {
    await using w = await world();
    const verify = { tool: 'look', args: { what: 'what' }, happenedIf: 'n > 1' };
    const process = await cutOff(w, { pay: { verify } }, when);
    await drained(process);
    expect(w.ledger.done('pay')).toEqual(done);
    expect(w.ledger.done('look')).toEqual([1]);
    expect((await settled(w, process))[0]?.output).toBe(output);
    const ended = await bodiesOf(w, process, 'step.ended');
    expect(ended.map(({ step, kind, name }) => [step, kind, name])).toEqual([
      [2, 'check', 'look'],
      [1, 'tool', 'pay'],
    ]);
    if (when === 'after') expect(ended[1]?.by).toBe('verified by look');
  });

  test('verify: the look is a step that agents pass over, is not made again for the same try, and replays', async () => {
    await using w = await world();
    const verify = { tool: 'look', args: { what: 'what' }, happenedIf: 'n > 9' };
    const twice = script(`
      const [paid] = await Promise.all([agent.tool('pay', { what: 1 }), agent.context.set('a', 1)]);
      await agent.context.set('b', 2);
      await agent.tool('put', { what: 2 });
      return paid.n`);
    const started = await w.started('p', { ...twice, toolPolicies: { pay: { verify } } });
    const paying = w.ledger.hold('pay', 'before');
    await wake(started, {});
    await paying.arrived;
    await w.restart('killed');
    const putting = w.ledger.hold('put', 'before');
    await w.takenUp('p');
    await putting.arrived;
    await w.restart('killed');
    const process = await w.takenUp('p');
    await drained(process);
    expect((await settled(w, process))[0]).toMatchObject({ outcome: 'done' });
    expect(w.ledger.done('look')).toEqual([1]);
    expect(w.ledger.done('pay')).toEqual([1]);
    const kinds = new Map((await bodiesOf(w, process, 'step.ended')).map(({ step, kind }) => [step, kind]));
    expect([...kinds].sort(([a], [b]) => a - b).map(([, kind]) => kind)).toEqual([
      'tool',
      'context',
      'check',
      'context',
      'tool',
    ]);
    const [settling] = await w.journal.read('p', { kinds: ['run.settled'], limit: 1 });
    const { record } = await pastOf(w.journal, 'p', (await settled(w, process))[0]?.run ?? '', settling?.seq ?? 0);
    const offline = openOfflineReplay();
    onTestFinished(() => offline.close());
    expect(await offline.replay(record)).toMatchObject({ same: true, divergence: null });
  });

  test('verify with a tool that does more than read decides nothing: a person is asked and sees why', async () => {
    await using w = await world();
    const process = await cutOff(w, { pay: { verify: { tool: 'put', happenedIf: 'n > 1' } } }, 'after');
    const { id } = await openItem(process);
    expect(w.ledger.done('put')).toEqual([]);
    const item = process.snapshot.items.get(id)?.item;
    expect(JSON.stringify(item?.about)).toContain('not known to only read');
    await process.steering.answer(id, 'happened', 'ada');
    await drained(process);
    expect((await bodiesOf(w, process, 'step.ended'))[0]?.by).toBe('ada');
  });

  test('is refused when its condition cannot be read', async () => {
    await using w = await world();
    const refusal = await caughtLater(
      w.started('p', { ...paying, toolPolicies: { pay: { verify: { tool: 'look', happenedIf: 'n >' } } } }),
    );
    expect(refusal).toMatchObject({
      code: 'FILTER_INVALID',
      message: expect.stringContaining('tool_policies.pay.verify'),
    });
  });
});

describe('a call in doubt that has a deadline', () => {
  const deadline = { pay: { deadline: '1h', atDeadline: 'run_again' } } as const;

  test('is settled by what was stated for that case, when nobody has answered in time', async () => {
    await using w = await world({ clock: 'hand' });
    const process = await cutOff(w, deadline, 'before');
    const { id } = await openItem(process);
    const item = process.snapshot.items.get(id)?.item;
    expect(item).toMatchObject({ expiresAt: w.clock.now() + 3_600_000, fallback: { verdict: 'run_again' } });
    await w.clock.advance(3_599_000);
    expect(process.snapshot.items.size).toBe(1);
    await w.clock.advance(1_000);
    await drained(process);
    expect(w.ledger.done('pay')).toEqual([1]);
    expect((await bodiesOf(w, process, 'item.answered'))[0]).toMatchObject({
      item: id,
      answer: { verdict: 'run_again' },
      by: 'timeout',
    });
  });

  test('keeps it through a restart, and through one that lasted longer', async () => {
    await using w = await world({ clock: 'hand' });
    let process = await cutOff(w, deadline, 'before');
    await openItem(process);
    await w.restart('killed');
    process = await w.takenUp('p');
    await w.clock.advance(1_000);
    expect(process.snapshot.items.size).toBe(1);
    await w.restart('killed');
    await w.clock.advance(7_200_000);
    process = await w.takenUp('p');
    await drained(process);
    expect(w.ledger.done('pay')).toEqual([1]);
    expect(await bodiesOf(w, process, 'item.answered')).toHaveLength(1);
  });
});

describe('a run that is cancelled', () => {
  test.each([
    ['in a call in doubt', `await agent.tool('pay', { what: 1 })`],
    ['waiting for an answer', `await agent.ask('well?')`],
    ['waiting for a time', `await agent.sleep(3600000)`],
    ['in a call', `await agent.tool('put', { what: 1 })`],
  ])('%s ends there, and the next event runs', async (where, body) => {
    await using w = await world();
    const config = script(`if (event.payload.n === 1) { ${body} }\nreturn 'done'`);
    let process = await w.started('p', config);
    const gate = w.ledger.hold(where === 'in a call' ? 'put' : 'pay');
    await wake(process, { n: 1 });
    if (body.includes('tool')) await gate.arrived;
    if (where === 'in a call in doubt') {
      await w.restart('killed');
      process = await w.takenUp('p');
    }
    if (where !== 'in a call') await w.until(() => [...process.snapshot.runs.values()].some(({ parked }) => parked));
    const [run = ''] = process.snapshot.runs.keys();
    await process.steering.cancelRun(run, 'enough', 'ada');
    await drained(process);
    await wake(process, { n: 2 });
    await drained(process);
    expect((await settled(w, process)).map(({ outcome, by }) => [outcome, by])).toEqual([
      ['cancelled', 'ada'],
      ['done', undefined],
    ]);
    expect(process.snapshot.items.size).toBe(0);
    await w.until(() => process.state === 'running');
  });
});

describe.each(['memory', 'sqlite'] as const)('100 calls in doubt and 100 parked runs, kept in %s', (journal) => {
  test('survive a kill, and each is resolved once', async () => {
    await using w = await createWorld({ journal, sandbox });
    const many = { concurrency: 100 };
    const payer = await w.started('payer', { ...paying, ...many });
    const gate = w.ledger.hold('pay', 'after');
    const waiting = {
      ...script(`const a = event.payload.n % 2 ? await agent.ask('?') : await agent.sleep(1500); return a ?? 'slept'`),
      ...many,
    };
    const waiter = await w.started('waiter', waiting);
    for (let n = 0; n < 100; n++) await Promise.all([wake(payer, { n }), wake(waiter, { n })]);
    await gate.arrived;
    await until(() => w.ledger.calls.length === 100, 15_000);
    await until(
      () =>
        [...waiter.snapshot.runs.values()].filter(({ parked }) => parked).length === 100 ||
        waiter.snapshot.counts.done > 0,
      15_000,
    );
    await w.restart('killed');
    const runtime = await w.runtime();
    const api = runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });
    const items = await until(async () => {
      const { items: found } = await api.listInbox({ state: 'open', limit: 500 }, 'api');
      return found.length === 150 ? found : undefined;
    }, 15_000);
    for (const { id, kind } of items)
      await api.answerInboxItem(
        { id, answer: kind === 'question' ? 'yes' : { verdict: 'happened', result: { n: 7 } } },
        'api',
      );
    expect(
      (await caughtLater(api.answerInboxItem({ id: items[0]?.id ?? '', answer: 'happened' }, 'api'))).code,
    ).toMatch(/^INBOX_ITEM_/);
    for (const name of ['payer', 'waiter']) await until(() => runtime.get(name).snapshot.queue.size === 0, 15_000);
    expect(w.ledger.done('pay')).toHaveLength(100);
    const outputs = async (name: string) => {
      const page = await api.listRuns({ process: name, state: 'done', limit: 500 }, 'api');
      return page.items.map(({ output }) => output).sort();
    };
    expect(await outputs('payer')).toEqual(Array(100).fill(7));
    expect(await outputs('waiter')).toEqual([...Array(50).fill('slept'), ...Array(50).fill('yes')]);
  }, 60_000);
});
