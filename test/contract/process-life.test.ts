import { describe, expect, test } from 'vitest';
import type { AgentProcess } from '../../src/main/processes/agent-process.ts';
import type { ProcessState } from '../../src/shared/lifecycle.ts';
import { caughtLater } from '../world/caught.ts';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained, openItem } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox, type World } from '../world/world.ts';

const sandbox = fileSandbox();
const idle = script('return null');

type Deed = 'start' | 'stop' | 'suspend' | 'resume';

/** What each state refuses, and what it says may come instead. */
const refused: Record<string, { deeds: Deed[]; instead: string }> = {
  created: { deeds: ['suspend', 'resume'], instead: 'starting or stopped' },
  running: { deeds: ['start', 'resume'], instead: 'suspended or awaiting or stopping or failed' },
  suspended: { deeds: ['start', 'suspend'], instead: 'running or stopping or failed' },
  awaiting: { deeds: ['start'], instead: 'running or suspended or stopping or failed' },
  stopped: { deeds: ['suspend', 'resume'], instead: 'starting' },
  failed: { deeds: ['suspend', 'resume', 'stop'], instead: 'start' },
};

async function broughtTo(state: ProcessState, world: World): Promise<AgentProcess> {
  const process = world.process('p', script(`await agent.ask('well?')`));
  await process.load();
  if (state === 'created') return process;
  if (state === 'failed') {
    const failing = world.process('f', { ...script(`throw new Error('no')`), maxConsecutiveFailures: 1 });
    await failing.start();
    await wake(failing);
    await world.until(() => failing.state === 'failed');
    return failing;
  }
  await process.start();
  if (state === 'suspended') await process.suspend('ada', 'for lunch');
  if (state === 'stopped') await process.stop('ada', 'for today');
  if (state === 'awaiting') {
    await wake(process);
    await openItem(process);
    await world.until(() => process.state === 'awaiting');
  }
  return process;
}

describe.each(storeKinds)('the life of a process, kept in %s', (journal) => {
  test('goes from created through running to stopped, and each transition says who and why', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = world.process('p', idle);
    await process.load();
    expect(process.state).toBe('created');
    await process.start('ada');
    await process.suspend('ada', 'for lunch');
    await process.resume('bob');
    await process.stop('ada', 'for today');
    const entries = await bodiesOf(world, process, 'state.changed');
    expect(entries.map(({ from, to, by, reason }) => `${from} → ${to} by ${by}: ${reason}`)).toEqual([
      'created → starting by ada: started',
      'starting → running by runtime: started',
      'running → suspended by ada: for lunch',
      'suspended → running by bob: resumed',
      'running → stopping by ada: for today',
      'stopping → stopped by ada: for today',
    ]);
  });

  test.each(Object.entries(refused))(
    '%s refuses what does not follow, says what would, and stays',
    async (state, rule) => {
      await using world = await createWorld({ journal, sandbox });
      const process = await broughtTo(state as ProcessState, world);
      expect(process.state).toBe(state);
      const { seq } = process.snapshot;
      for (const deed of rule.deeds) {
        const refusal = await caughtLater(process[deed]());
        expect(refusal.code).toBe('TRANSITION_REFUSED');
        expect(refusal.message).toContain(state === 'failed' ? 'failed' : `is ${state}`);
        expect(refusal.message).toContain(state === 'failed' ? '' : rule.instead);
      }
      expect(process.snapshot.seq).toBe(seq);
    },
  );

  test('a process that waits for a person is not resumed: it was not suspended', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await broughtTo('awaiting', world);
    const { seq } = process.snapshot;
    expect((await caughtLater(process.resume())).code).toBe('TRANSITION_REFUSED');
    expect(process.snapshot.seq).toBe(seq);
  });

  test('the second of two starts at once is refused, and it runs', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = world.process('p', idle);
    const [first, second] = await Promise.allSettled([process.start(), process.start()]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'TRANSITION_REFUSED' } });
    expect(process.state).toBe('running');
  });

  test.each(['killed', 'closed'] as const)(
    'a program that was %s changes no state: what ran runs, what was suspended is',
    async (end) => {
      await using world = await createWorld({ journal, sandbox });
      for (const name of ['runs', 'rests', 'stands']) await world.started(name, idle);
      const before = world.process('fresh', idle);
      await before.load();
      await world.alive('rests').suspend('ada', 'for lunch');
      await world.alive('stands').stop('ada');
      await world.restart(end);
      const states: Record<string, string> = {};
      for (const name of ['runs', 'rests', 'stands', 'fresh']) {
        const process = await world.takenUp(name);
        states[name] = process.state;
        const transitions = await bodiesOf(world, process, 'state.changed');
        expect(transitions.at(-1)?.to ?? 'created').toBe(process.state);
      }
      expect(states).toEqual({ runs: 'running', rests: 'suspended', stands: 'stopped', fresh: 'created' });
      const [recovered] = await bodiesOf(world, world.alive('runs'), 'process.recovered');
      expect(recovered?.after).toBe(end === 'killed' ? 'killed' : 'restart');
    },
  );

  test('a process that is let go begins no further event, however many wait and come', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', script(`await agent.tool('put', { what: event.payload.n })`));
    let hasClosed = false;
    let sent = 0;
    const coming = (async () => {
      while (!hasClosed && sent < 3_000) for (let more = 0; more < 5; more++) await wake(process, { n: ++sent });
    })();
    await world.until(() => world.ledger.done('put').length > 0);
    const before = world.ledger.done('put').length;
    await process.close();
    hasClosed = true;
    await coming;
    expect(world.ledger.done('put').length - before).toBeLessThanOrEqual(1);
    expect(process.snapshot.queue.size).toBeGreaterThan(0);
  });

  test('a process that was killed while it stopped has stopped for the next program, and starts when it is told to', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', script(`await agent.tool('put', { what: 1 }); return null`));
    const gate = world.ledger.hold('put', 'before');
    await wake(process);
    await gate.arrived;
    void process.stop();
    await world.until(() => process.state === 'stopping');
    await world.restart('killed');
    const next = world.process('p');
    await next.start();
    expect(next.state).toBe('running');
    await drained(next);
    expect(world.ledger.done('put')).toEqual([1]);
  });

  test('a process that cannot start fails with a code, and starts when it has been corrected', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = world.process('p', { model: 'nobody:nothing' });
    const refusal = await caughtLater(process.start());
    expect(refusal.code).toBe('MODEL_UNKNOWN');
    expect(process.state).toBe('failed');
    expect(process.snapshot.error?.code).toBe('MODEL_UNKNOWN');
    const better = world.process('q', idle);
    await better.load();
    const { definition } = better.snapshot;
    expect(definition).not.toBeNull();
    if (definition) await process.update({ ...definition, manifest: { ...definition.manifest, name: 'p' } });
    await process.start();
    expect(process.state).toBe('running');
    expect(process.snapshot.error).toBeNull();
  });

  test('a deleted process takes nothing, has left nothing open, and its name can live again', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', idle);
    await process.suspend();
    await wake(process, {}, 'first');
    await process.delete('ada');
    expect((await caughtLater(wake(process, {}, 'second'))).code).toBe('PROCESS_NOT_FOUND');
    const again = await world.started('p', idle);
    await wake(again, {}, 'first');
    await drained(again);
    expect(again.snapshot.counts.done).toBe(1);
  });
});
