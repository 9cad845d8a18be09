import { describe, expect, test } from 'vitest';
import type { AgentRun } from '../../../src/main/agent/agent.ts';
import type { ProcessParts } from '../../../src/main/processes/parts.ts';
import type { Json } from '../../../src/shared/json.ts';
import { script, wake } from '../../world/make.ts';
import { drained, settled } from '../../world/outcomes.ts';
import { createWorld } from '../../world/world.ts';

type Work = (run: AgentRun) => Promise<Json>;

/** An agent that does this, in place of the one its settings describe: as if a later program understood them otherwise. */
const doing = (work: Work): Partial<ProcessParts> => ({
  buildAgent: async () => ({ run: work, close: async () => {} }),
});

const before: Work = async (run) => {
  await run.tool('look', { what: 1 });
  await run.setContext('a', 1);
  await run.tool('put', { what: 2 });
  return 'before';
};

/** Lets `before` come as far as its last call, ends the program, and has the next one do `after`. */
async function goOnWith(after: Work) {
  const world = await createWorld({ journal: 'memory' });
  const process = world.process('p', script('return null'), doing(before));
  await process.start();
  const gate = world.ledger.hold('put', 'before');
  await wake(process);
  await gate.arrived;
  await world.restart('killed');
  const next = world.process('p', undefined, doing(after));
  await next.takeUp();
  await drained(next);
  const [end] = await settled(world, next);
  const effects = [world.ledger.done('look'), world.ledger.done('put')];
  const context = [...next.snapshot.context.keys()];
  await world[Symbol.asyncDispose]();
  return { end, effects, context };
}

describe('an agent that is taken up again', () => {
  test('and asks for the same goes on', async () => {
    const { end, effects } = await goOnWith(before);
    expect(end).toMatchObject({ outcome: 'done', output: 'before' });
    expect(effects).toEqual([[1], [2]]);
  });

  test.each<[string, Work]>([
    ['another tool', (run) => run.tool('put', { what: 1 }).then(() => null)],
    ['the same tool with other arguments', (run) => run.tool('look', { what: 9 }).then(() => null)],
    ['another kind of step', (run) => run.setContext('b', 1).then(() => null)],
    [
      'something else in the middle',
      async (run) => {
        await run.tool('look', { what: 1 });
        await run.emit('a.b', 1);
        return null;
      },
    ],
  ])('and asks for %s is stopped before it does anything: its event is set aside', async (_what, after) => {
    const { end, effects, context } = await goOnWith(after);
    expect(end).toMatchObject({ outcome: 'failed', effects: [], error: { code: 'RUN_DIVERGED' } });
    expect(end?.error?.message).toMatch(/^Step [12] was (tool "look"|context "set a") when it was recorded, and is /);
    expect(effects).toEqual([[1], []]);
    expect(context).toEqual([]);
  });

  test('and swallows the refusal is stopped all the same', async () => {
    const { end, effects } = await goOnWith(async (run) => {
      await run.tool('put', { what: 9 }).catch(() => {});
      return 'as if nothing had been';
    });
    expect(end?.error?.code).toBe('RUN_DIVERGED');
    expect(effects).toEqual([[1], []]);
  });

  test('and ends before it has asked for all that it had done is stopped: what it did would be forgotten', async () => {
    const { end } = await goOnWith(async (run) => {
      await run.tool('look', { what: 1 });
      return 'early';
    });
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'RUN_DIVERGED' } });
  });
});
