import { describe, expect, test } from 'vitest';
import { AgentProcess } from '../../src/main/processes/agent-process.ts';
import type { RuntimeClient } from '../../src/shared/api.ts';
import { caughtLater } from '../world/caught.ts';
import { script } from '../world/make.ts';
import { until } from '../world/until.ts';
import { createWorld } from '../world/world.ts';

const greeter = (name = 'greeter') => ({
  version: '1.0',
  name,
  description: 'Greets whoever wakes it.',
  ...script(`
    await agent.context.set('greeted', (agent.context.get('greeted') ?? 0) + 1);
    if (event.payload.rude) throw new Error('that was rude');
    return 'Hello, ' + event.payload.who`),
});

const state = async (client: RuntimeClient, name: string) => (await client.getProcess({ name })).state;
const runsOf = async (client: RuntimeClient, process: string) =>
  [...(await client.listRuns({ process })).items].reverse();
const endOf = (client: RuntimeClient, id: string) =>
  until(async () => {
    const event = await client.getTriggerEvent({ id });
    return event.endedAt === null ? undefined : event;
  });

describe('a process lives', () => {
  test('it is created, starts, works when it is woken, shows what it did, and stops', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client();
    const created = await client.createProcess({ manifest: greeter() });
    expect(created).toMatchObject({ name: 'greeter', state: 'created', model: 'script', version: 1, lastRun: null });
    expect((await client.startProcess({ name: 'greeter' })).state).toBe('running');

    const { eventId } = await client.wakeProcess({ name: 'greeter', payload: { who: 'Ada' } });
    expect(await endOf(client, eventId)).toMatchObject({ state: 'done', trigger: 'manual', payload: { who: 'Ada' } });

    const [brief] = await runsOf(client, 'greeter');
    const run = await client.getRun({ id: brief?.id ?? '' });
    expect(run).toMatchObject({ process: 'greeter', eventId, state: 'done', output: 'Hello, Ada', error: null });
    expect(run.steps).toMatchObject([{ step: 1, kind: 'context', name: 'set greeted', state: 'ok' }]);

    expect((await client.stopProcess({ name: 'greeter' })).state).toBe('stopped');
    expect(await client.listProcesses({})).toMatchObject({
      items: [{ name: 'greeter', state: 'stopped' }],
      next: null,
    });
  });

  test('suspended it takes what comes and does nothing; resumed it does that, in the order in which it came', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client();
    await client.createProcess({ manifest: greeter(), start: true });
    await client.suspendProcess({ name: 'greeter', reason: 'it is late' });
    for (const who of ['Ada', 'Bob', 'Cleo']) await client.wakeProcess({ name: 'greeter', payload: { who } });
    expect(await client.getProcess({ name: 'greeter' })).toMatchObject({
      state: 'suspended',
      stateReason: 'it is late',
      waiting: 3,
    });
    await client.resumeProcess({ name: 'greeter' });
    const runs = await until(async () => {
      const all = await runsOf(client, 'greeter');
      return all.length === 3 && all.every((run) => run.state === 'done') ? all : undefined;
    });
    const outputs = await Promise.all(runs.map(async ({ id }) => (await client.getRun({ id })).output));
    expect(outputs).toEqual(['Hello, Ada', 'Hello, Bob', 'Hello, Cleo']);
  });

  test('what fails is set aside with the reason, changes nothing it keeps, and can be delivered again', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client();
    await client.createProcess({ manifest: greeter(), start: true });
    const rude = await client.wakeProcess({ name: 'greeter', payload: { who: 'Ada', rude: true } });
    const dead = await endOf(client, rude.eventId);
    expect(dead.state).toBe('dead');
    expect(dead.reason).toContain('that was rude');
    expect((await client.getContext({ name: 'greeter' })).items).toEqual([]);

    await client.updateProcess({
      name: 'greeter',
      manifest: { ...greeter(), ...script(`return 'Oh well, ' + event.payload.who`) },
    });
    const again = await client.redeliver({ id: rude.eventId });
    expect((await endOf(client, again.eventId)).state).toBe('done');
    expect((await client.getTriggerEvent({ id: rude.eventId })).state).toBe('dead');
    expect((await client.getProcess({ name: 'greeter' })).version).toBe(2);
  });

  test('the same waking twice is one', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client();
    await client.createProcess({ manifest: greeter(), start: true });
    const wake = { name: 'greeter', payload: { who: 'Ada' }, idempotencyKey: 'once' };
    const [first, second] = await Promise.all([client.wakeProcess(wake), client.wakeProcess(wake)]);
    expect(second).toEqual({ eventId: first.eventId, duplicate: true });
    await endOf(client, first.eventId);
    expect(await client.wakeProcess(wake)).toEqual({ eventId: first.eventId, duplicate: true });
    expect(await runsOf(client, 'greeter')).toHaveLength(1);
  });

  test('what cannot be is refused in words that say what could, and changes nothing', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client();
    await client.createProcess({ manifest: greeter() });
    const refusals: [Promise<unknown>, string, string][] = [
      [client.createProcess({ manifest: greeter() }), 'NAME_TAKEN', '"greeter"'],
      [client.createProcess({ manifest: { ...greeter('other'), modle: 'x' } }), 'UNKNOWN_FIELD', 'Did you mean model?'],
      [client.createProcess({ manifest: { ...greeter('other'), script: '' } }), 'MANIFEST_INVALID', 'needs a script'],
      [client.createProcess({ manifest: 'name: [' }), 'MANIFEST_INVALID', 'line 1'],
      [client.getProcess({ name: 'nobody' }), 'PROCESS_NOT_FOUND', '"nobody"'],
      [client.suspendProcess({ name: 'greeter' }), 'TRANSITION_REFUSED', 'only starting or stopped'],
      [client.updateProcess({ name: 'greeter', manifest: greeter('other') }), 'REQUEST_INVALID', 'keeps its name'],
      [client.updateProcess({ name: 'greeter', manifest: greeter(), version: 7 }), 'VERSION_CONFLICT', 'version 1'],
      [client.wakeProcess({ name: 'greeter', payload: null, trigger: 'dusk' }), 'TRIGGER_NOT_FOUND', '"dusk"'],
      [client.getRun({ id: 'run_nowhere' }), 'RUN_NOT_FOUND', 'run_nowhere'],
    ];
    for (const [refused, code, words] of refusals) {
      const refusal = await caughtLater(refused);
      expect(refusal.code).toBe(code);
      expect(refusal.message).toContain(words);
    }
    expect(await state(client, 'greeter')).toBe('created');
    expect((await client.listProcesses({})).items).toHaveLength(1);
  });

  test('deleted it is gone from the list, and its name can be given again', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client();
    await client.createProcess({ manifest: greeter(), start: true });
    await client.deleteProcess({ name: 'greeter' });
    expect((await client.listProcesses({})).items).toEqual([]);
    expect((await client.createProcess({ manifest: greeter() })).state).toBe('created');
  });

  test('from a program it needs nothing but a name and its settings', async () => {
    const process = new AgentProcess({
      name: 'data-watcher',
      config: {
        model: 'openai:gpt-5-mini',
        instructions: 'You monitor data pipelines and alert on anomalies.',
        triggers: [{ type: 'cron', cronExpression: '*/5 * * * *' }],
      },
    });
    expect(process.state).toBe('created');
    await process.start();
    expect(process.state).toBe('running');
    expect(process.triggers[0]?.nextFiring()).toBeGreaterThan(Date.now());
    await process.stop();
    expect(process.state).toBe('stopped');
    await process.close();
  });
});
