import { describe, expect, test } from 'vitest';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained, ended, entriesOf, kept, openItem, settled } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();

describe.each(storeKinds)('a run of a process, kept in %s', (journal) => {
  test('G6: is numbered steps: an intent before a call outside, a result after it, none for our own state', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started(
      'p',
      script(`
        await agent.context.set('seen', 1);
        const { n } = await agent.tool('pay', { what: 'a' });
        await agent.tool('look', {});
        await agent.emit('paid', { n });
        await agent.log('paid ' + n);
        return { n }`),
    );
    await wake(process);
    await drained(process);
    const steps = (await entriesOf(world, process)).flatMap(({ kind, body }) =>
      kind === 'step.intended' || kind === 'step.ended'
        ? [`${kind.slice(5)} ${body.step} ${body.kind} ${body.name}`]
        : [],
    );
    expect(steps).toEqual([
      'ended 1 context set seen',
      'intended 2 tool pay',
      'ended 2 tool pay',
      'intended 3 tool look',
      'ended 3 tool look',
      'ended 4 emit paid',
      'ended 5 log log',
    ]);
    const [end] = await settled(world, process);
    expect(end).toMatchObject({ outcome: 'done', output: { n: 1 }, steps: 5, usage: { toolCalls: 2, modelCalls: 0 } });
  });

  test('G9: settles in one commit with everything it changed in our own state, and nobody sees any of it before', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started(
      'p',
      script(`
        await agent.context.set('a', 1);
        await agent.context.delete('b');
        await agent.emit('one', 1);
        await agent.tool('put', { what: agent.context.get('a') });
        await agent.emit('two', 2);
        return null`),
    );
    await process.steering.setContext('b', 2, 'ada');
    const gate = world.ledger.hold('put', 'after');
    await wake(process);
    await gate.arrived;
    expect(kept(process, 'a')).toBeUndefined();
    expect(kept(process, 'b')).toBe(2);
    expect(process.snapshot.outbox.size).toBe(0);
    gate.open();
    await drained(process);
    expect(world.ledger.done('put')).toEqual([1]);
    expect(kept(process, 'a')).toBe(1);
    expect(kept(process, 'b')).toBeUndefined();
    const entries = await entriesOf(world, process);
    const end = entries.filter(({ kind }) => kind === 'run.settled');
    expect(end.map(({ commit }) => commit)).toEqual(['settle-run']);
    const [{ effects } = { effects: [] }] = await settled(world, process);
    expect(effects.map(({ type }) => type)).toEqual(['context.set', 'context.delete', 'emit', 'emit']);
  });

  test('changes nothing of our own state when it fails', async () => {
    await using world = await createWorld({ journal, sandbox });
    const heard: unknown[] = [];
    const process = await world.started(
      'p',
      script(`
        await agent.context.set('a', 2);
        await agent.emit('one', event.payload);
        if (event.payload.fail) throw new Error('on purpose');
        return null`),
    );
    world.bus.subscribe('one', ({ data }) => void heard.push(data));
    await process.steering.setContext('a', 1, 'ada');
    await wake(process, { fail: true });
    await ended(process, 1);
    expect(kept(process, 'a')).toBe(1);
    await wake(process, { fail: false });
    await world.until(() => heard.length > 0);
    expect(kept(process, 'a')).toBe(2);
    expect(heard).toEqual([{ fail: false }]);
    const ends = await settled(world, process);
    expect(ends.map(({ outcome, effects }) => [outcome, effects.length])).toEqual([
      ['failed', 0],
      ['done', 2],
    ]);
  });

  test('reads the context as it was when it began, whatever a person writes meanwhile and also after a kill', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = await world.started(
      'p',
      script(`
        const before = agent.context.get('price');
        await agent.tool('put', { what: before });
        return [before, agent.context.get('price'), agent.context.get('later') ?? null]`),
    );
    await process.steering.setContext('price', 1, 'ada');
    const gate = world.ledger.hold('put', 'before');
    await wake(process);
    await gate.arrived;
    await process.steering.setContext('price', 2, 'ada');
    await process.steering.setContext('later', true, 'ada');
    await process.steering.deleteContext('price', 'ada');
    await process.steering.setContext('price', 3, 'ada');
    await world.restart('killed');
    process = await world.takenUp('p');
    await drained(process);
    expect((await settled(world, process))[0]?.output).toEqual([1, 1, null]);
    expect(kept(process, 'price')).toBe(3);
    await wake(process);
    await drained(process);
    expect((await settled(world, process))[1]?.output).toEqual([3, 3, true]);
  });

  test('may write only the keys it was given; a person may write all', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', {
      ...script(`
        try { await agent.context.set('theirs', 1) } catch (error) { await agent.context.set('mine', error.code) }
        return null`),
      context: { writableKeys: ['mine'], initialState: { theirs: 0 } },
    });
    await wake(process);
    await drained(process);
    expect(kept(process, 'mine')).toBe('CONTEXT_KEY_NOT_WRITABLE');
    expect(kept(process, 'theirs')).toBe(0);
    await process.steering.setContext('theirs', 2, 'ada');
    expect(kept(process, 'theirs')).toBe(2);
  });

  test('G7: makes calls at once as steps of their own, and after a kill only those that had no result', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = await world.started(
      'p',
      script(`
        const order = [];
        await Promise.all(['a', 'b', 'c'].map(async (what) => {
          await agent.tool(what === 'b' ? 'put' : 'look', { what });
          order.push(what);
          await agent.tool('look', { what: what + order.length });
        }));
        return order`),
    );
    const gate = world.ledger.hold('put', 'after');
    await wake(process);
    await gate.arrived;
    await world.until(() => world.ledger.done('look').length === 4);
    await world.until(async () => (await bodiesOf(world, process, 'step.ended')).length === 4);
    await world.restart('killed');
    process = await world.takenUp('p');
    await drained(process);
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: ['a', 'c', 'b'], steps: 6 });
    expect(world.ledger.done('look')).toEqual(['a', 'c', 'a1', 'c2', 'b3']);
    expect(world.ledger.done('put')).toEqual(['b']);
    expect(world.ledger.calls.filter(({ tool }) => tool === 'put')).toHaveLength(2);
  });

  test('hears of results in the order in which they once came, when it is taken up again', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = await world.started(
      'p',
      script(`
        const order = [];
        const call = async (tool) => { await agent.tool(tool, { what: tool }); order.push(tool) };
        await Promise.all([call('look'), call('put'), call('pay')]);
        await agent.tool('put', { what: order.join() });
        await agent.ask('go on?');
        return order`),
    );
    const [look, put, pay] = ['look', 'put', 'pay'].map((tool) => world.ledger.hold(tool, 'before'));
    await wake(process);
    for (const [index, gate] of [put, pay, look].entries()) {
      await gate?.arrived;
      gate?.open();
      await world.until(async () => (await bodiesOf(world, process, 'step.ended')).length > index);
    }
    const item = await openItem(process);
    await world.restart('killed');
    process = await world.takenUp('p');
    await process.steering.answer(item.id, 'yes', 'ada');
    await drained(process);
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: ['put', 'pay', 'look'] });
    expect(world.ledger.done('put')).toEqual(['put', 'put,pay,look']);
  });

  test('has the same time and the same chance when it is taken up again', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    let process = await world.started(
      'p',
      script(`
        const drawn = [agent.random(), agent.now(), Math.random(), Date.now()];
        await agent.tool('look', { what: drawn });
        drawn.push(agent.random(), agent.now());
        await agent.ask('go on?');
        return drawn`),
    );
    await wake(process);
    const item = await openItem(process);
    await world.clock.advance(3_600_000);
    await world.restart('killed');
    process = await world.takenUp('p');
    await process.steering.answer(item.id, 'yes', 'ada');
    await drained(process);
    const [end] = await settled(world, process);
    expect(end?.outcome).toBe('done');
    expect(end?.output).toMatchObject({ ...(world.ledger.done('look')[0] as unknown[]) });
    expect(world.ledger.done('look')).toHaveLength(1);
  });

  test('G13: ends with the definition it began with, when that is changed meanwhile, also after a kill', async () => {
    await using world = await createWorld({ journal, sandbox });
    const version = (n: number) =>
      script(`await agent.ask('go on?'); await agent.tool('put', { what: ${n} }); return ${n}`);
    let process = await world.started('p', version(1));
    await wake(process);
    const first = await openItem(process);
    const other = world.process('other', version(2));
    await other.load();
    const { definition } = other.snapshot;
    if (definition) await process.update({ ...definition, manifest: { ...definition.manifest, name: 'p' } });
    await wake(process);
    await world.until(() => process.snapshot.items.size === 2);
    await world.restart('killed');
    process = await world.takenUp('p');
    for (const id of [...process.snapshot.items.keys()].reverse()) await process.steering.answer(id, 'yes', 'ada');
    await drained(process);
    const outputs = new Map((await settled(world, process)).map(({ run, output }) => [run, output]));
    const begun = await bodiesOf(world, process, 'run.started');
    expect(begun.map(({ id }) => outputs.get(id))).toEqual([1, 2]);
    expect(first.kind).toBe('question');
    expect(process.snapshot.pinned.size).toBe(0);
  });

  test('takes no more steps than it may', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', {
      ...script(`for (let n = 0; ; n++) await agent.tool('put', { what: n })`),
      maxSteps: 5,
    });
    await wake(process);
    await ended(process, 1);
    const [end] = await settled(world, process);
    expect(end?.error?.code).toBe('LIMIT_STEPS');
    expect(end?.error?.message).toContain('5 steps');
    expect(world.ledger.done('put')).toEqual([0, 1, 2, 3, 4]);
  });
});
