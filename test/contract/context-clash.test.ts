import { describe, expect, test } from 'vitest';
import { script, wake } from '../world/make.ts';
import { calls, says } from '../world/model-replies.ts';
import { bodiesOf, drained, ended, kept, openItem, settled } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();

/** Reads a counter, asks a person where told to, and counts one up. */
const counting = script(`
  const before = (await agent.context.get('count')) ?? 0;
  await agent.tool('put', { what: event.payload.who });
  if (event.payload.ask) await agent.ask('May I?');
  await agent.context.set('count', before + 1);
  await agent.emit('counted', { to: before + 1 });
  return before + 1`);

describe.each(storeKinds)('G5: no run writes over what it has not seen, kept in %s', (journal) => {
  test.each(['nothing', 'killed'] as const)(
    'a script that waited is run again on what is there now, and calls nothing twice; before the answer: %s',
    async (between) => {
      await using world = await createWorld({ journal, sandbox });
      let process = await world.started('p', counting);
      await wake(process, { who: 'slow', ask: true });
      const item = await openItem(process);
      await wake(process, { who: 'quick' });
      await ended(process, 1);
      expect(kept(process, 'count')).toBe(1);
      if (between === 'killed') {
        await world.restart('killed');
        process = await world.takenUp('p');
      }
      await process.steering.answer(item.id, 'yes', 'ada');
      await drained(process);
      expect(kept(process, 'count')).toBe(2);
      expect((await settled(world, process)).map(({ output }) => output)).toEqual([1, 2]);
      expect(world.ledger.calls.map(({ args }) => args)).toEqual([{ what: 'slow' }, { what: 'quick' }]);
      const [again] = await bodiesOf(world, process, 'run.retrying');
      expect(again).toMatchObject({
        clash: 'rebased',
        error: { code: 'CONTEXT_CONFLICT', details: { keys: ['count'] } },
      });
    },
  );

  test('thirty runs at once that each count one up have counted to thirty', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', { ...counting, concurrency: 4 });
    for (let n = 0; n < 30; n++) await wake(process, { who: n });
    await ended(process, 30);
    expect((await settled(world, process)).flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(kept(process, 'count')).toBe(30);
    expect(new Set(world.ledger.done('put'))).toHaveLength(30);
    expect(world.ledger.calls).toHaveLength(30);
  });

  test('one that would now call something else fails and says why; what the other wrote stays', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started(
      'p',
      script(`
        const mode = (await agent.context.get('mode')) ?? 'first';
        await agent.tool('put', { what: mode });
        if (event.payload.ask) await agent.ask('May I?');
        await agent.context.set('mode', event.payload.mode);
        return mode`),
    );
    await wake(process, { ask: true, mode: 'mine' });
    const item = await openItem(process);
    await wake(process, { mode: 'theirs' });
    await ended(process, 1);
    await process.steering.answer(item.id, 'yes', 'ada');
    await ended(process, 2);
    expect(kept(process, 'mode')).toBe('theirs');
    expect((await settled(world, process)).at(-1)).toMatchObject({
      outcome: 'failed',
      error: { code: 'CONTEXT_CONFLICT' },
    });
    expect(world.ledger.calls).toHaveLength(2);
  });

  test('what a person sets while it works is not written over either', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', counting);
    await wake(process, { who: 'slow', ask: true });
    const item = await openItem(process);
    await process.steering.setContext('count', 41, 'ada');
    await process.steering.answer(item.id, 'yes', 'ada');
    await drained(process);
    expect(kept(process, 'count')).toBe(42);
  });

  test('writes of other keys are no clash', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started(
      'p',
      script(`
        if (event.payload.ask) await agent.ask('May I?');
        await agent.context.set('of ' + event.payload.who, 1);
        return null`),
    );
    await wake(process, { who: 'slow', ask: true });
    const item = await openItem(process);
    await wake(process, { who: 'quick' });
    await ended(process, 1);
    await process.steering.answer(item.id, 'yes', 'ada');
    await drained(process);
    expect([...process.snapshot.context.keys()].sort()).toEqual(['of quick', 'of slow']);
    expect(await bodiesOf(world, process, 'run.retrying')).toEqual([]);
  });

  test.each(['nothing', 'killed'] as const)(
    'a model is told what others changed and decides; while it works: %s',
    async (between) => {
      await using world = await createWorld({ journal, sandbox });
      const model = await world.model();
      let process = await world.started('p', await world.thinking());
      model.reply([
        calls('set_context', { key: 'plan', value: 'mine' }),
        calls('look', { what: 1 }),
        says('Done.'),
        calls('set_context', { key: 'plan', value: 'both' }),
        says('Both are kept.'),
      ]);
      const gate = world.ledger.hold('look', 'before');
      await wake(process);
      await gate.arrived;
      await process.steering.setContext('plan', 'theirs', 'ada');
      if (between === 'killed') {
        await world.restart('killed');
        process = await world.takenUp('p');
      } else gate.open();
      await drained(process);
      expect(kept(process, 'plan')).toBe('both');
      expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: 'Both are kept.' });
      expect(JSON.stringify(model.chats.at(-1)?.body?.['messages'])).toContain('theirs');
      expect(model.chatCount).toBe(5);
    },
  );
});
