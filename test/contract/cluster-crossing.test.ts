import { describe, expect, test } from 'vitest';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { heard, listener, script, teller, upTo } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';
import { until } from '../world/until.ts';

describe('events between nodes', () => {
  test('reach those who listen on another node once and in order', async () => {
    const [a, b] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await a.api.createProcess({ manifest: teller, start: true });
    await b.api.createProcess({ manifest: listener('ear'), start: true });
    for (const n of upTo(20)) await a.api.wakeProcess({ name: 'teller', payload: { n } });
    await until(async () => (await heard(b, 'ear')).length >= 20);
    expect(await heard(b, 'ear')).toEqual(upTo(20));
  });

  test('cross a cut of five minutes, once each and in order', async () => {
    const clock = new HandClock();
    const world = new ClusterWorld({ clock });
    const [a, b] = (await world.startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await a.api.createProcess({ manifest: teller, start: true });
    await b.api.createProcess({ manifest: listener('ear'), start: true });
    await b.api.createProcess({ manifest: listener('other-ear'), start: true });
    const wake = (n: number) => a.api.wakeProcess({ name: 'teller', payload: { n } });
    await wake(1);
    await passing(clock, async () => (await heard(b, 'ear')).length === 1);
    world.network.cut('a', 'b');
    for (const n of [2, 3, 4, 5]) await wake(n);
    await clock.advance(300_000);
    expect(await heard(b, 'ear')).toEqual([1]);
    world.network.heal();
    await passing(clock, async () => (await heard(b, 'other-ear')).length === 5);
    await passing(clock, async () => (await heard(b, 'ear')).length === 5);
    expect(await heard(b, 'ear')).toEqual(upTo(5));
    expect(await heard(b, 'other-ear')).toEqual(upTo(5));
  });

  test('come from an agent, and from a person, and are marked as from another node', async () => {
    const [a, b] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await b.api.createProcess({ manifest: listener('ear'), start: true });
    await a.api.publishEvent({ type: 'told', data: { n: 7 } });
    await until(async () => (await heard(b, 'ear')).length === 1);
    const { items } = await b.api.listTriggerEvents({ process: 'ear' });
    const event = await b.api.getTriggerEvent({ id: items[0]?.id ?? '' });
    expect(event.taint).toContain('peer:a');
  });

  test('go on over a kill of the node that tells and of the one that hears', async () => {
    const clock = new HandClock();
    const world = new ClusterWorld({ clock });
    const [a, b] = (await world.startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await a.api.createProcess({ manifest: teller, start: true });
    await b.api.createProcess({ manifest: listener('ear'), start: true });
    await a.api.wakeProcess({ name: 'teller', payload: { n: 1 } });
    await passing(clock, async () => (await heard(b, 'ear')).length === 1);
    await b.kill();
    for (const n of [2, 3]) await a.api.wakeProcess({ name: 'teller', payload: { n } });
    await passing(clock, async () => (await a.api.listRuns({ process: 'teller', state: 'done' })).items.length === 3);
    await a.kill();
    const again = await world.start('a');
    await again.api.wakeProcess({ name: 'teller', payload: { n: 4 } });
    const ear = await world.start('b');
    await passing(clock, async () => (await heard(ear, 'ear')).length === 4);
    expect(await heard(ear, 'ear')).toEqual(upTo(4));
  });
});

describe('events of an agent that moves', () => {
  test('reach those who listen where it goes, also what it told just before', async () => {
    const world = new ClusterWorld();
    const [a, b] = (await world.startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await a.api.createProcess({ manifest: teller, start: true });
    await b.api.createProcess({ manifest: listener('ear'), start: true });
    await a.api.wakeProcess({ name: 'teller', payload: { n: 1 } });
    await until(async () => (await heard(b, 'ear')).length === 1);
    // Nothing that is published reaches the other for now; all else does.
    const refuse = async () => {
      throw new RuntimeError('PEER_UNREACHABLE', 'It is not taken now.');
    };
    world.network.node('b').answer('events.take', 'member', refuse);
    for (const n of [2, 3]) await a.api.wakeProcess({ name: 'teller', payload: { n } });
    await until(async () => (await a.api.listRuns({ process: 'teller', state: 'done' })).items.length === 3);
    await a.crossing.moves.move('teller', 'b');
    await b.api.wakeProcess({ name: 'teller', payload: { n: 4 } });
    await until(async () => (await heard(b, 'ear')).length === 4);
    expect(await heard(b, 'ear')).toEqual(upTo(4));
  });
});

test('an agent sees those it created wherever they live, with their node', async () => {
  const [a] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
  const mother = script(
    'mother',
    `if (event.payload.spawn) await agent.tool('spawn_process', { process_name: 'child', instructions: 'Wait.',
       script: 'export default async function run() { return 1 }' });
     return await agent.tool('list_processes', {});`,
    [],
    { execution_mode: 'open', open_mode: { allow_process_spawn: true }, approvals: { enabled: false } },
  );
  await a.api.createProcess({ manifest: mother, start: true });
  const listed = async (payload: JsonObject) => {
    const { eventId } = await a.api.wakeProcess({ name: 'mother', payload });
    const ended = async () =>
      (await a.api.listRuns({ process: 'mother' })).items.find(
        (run) => run.eventId === eventId && run.state === 'done',
      );
    await until(ended);
    return (await ended())?.output as { processes: JsonObject[] } | undefined;
  };
  await listed({ spawn: true });
  await until(() => a.side.process('child'));
  expect((await listed({}))?.processes).toMatchObject([{ name: 'child', model: 'script' }]);
  await a.crossing.moves.move('child', 'b');
  await until(() => a.crossing.roster.whereIs('child'));
  expect((await listed({}))?.processes).toMatchObject([{ name: 'child', model: 'script', node: 'b' }]);
});

describe('a node that others cannot be told of', () => {
  test('refuses to publish beyond its backlog, says for whom it waits, and goes on when that is back', async () => {
    const clock = new HandClock();
    const world = new ClusterWorld({ clock });
    const a = await world.start('a', { maxBacklogBytes: 3_000 });
    const b = await world.start('b');
    await b.api.createProcess({ manifest: listener('ear'), start: true });
    await a.api.publishEvent({ type: 'told', data: { n: 1 } });
    await passing(clock, async () => (await heard(b, 'ear')).length === 1);
    world.network.cut('a', 'b');
    let told = 1;
    await expect(async () => {
      for (;;) {
        await a.api.publishEvent({ type: 'told', data: { n: told + 1, pad: 'x'.repeat(300) } });
        told++;
      }
    }).rejects.toMatchObject({ code: 'PEER_BACKLOG_FULL', details: { node: 'b' } });
    expect(told).toBeGreaterThan(3);
    world.network.heal();
    await passing(clock, async () => (await heard(b, 'ear')).length === told);
    expect(await heard(b, 'ear')).toEqual(upTo(told));
    await a.api.publishEvent({ type: 'told', data: { n: told + 1 } });
    await passing(clock, async () => (await heard(b, 'ear')).length === told + 1);
  });
});

describe('more events than a hub is made for', () => {
  test('come at its pace, all of them, once and in order, and people are told', async () => {
    const clock = new HandClock();
    const world = new ClusterWorld({ clock });
    const a = await world.start('a');
    const b = await world.start('b', { eventsPerSecond: 10 });
    await a.api.createProcess({ manifest: teller, start: true });
    await b.api.createProcess({ manifest: listener('ear'), start: true });
    const said: string[] = [];
    a.runtime.notices.watch(null, ({ kind, state }) => {
      if (kind === 'cluster.changed') said.push(String(state));
    });
    await a.api.publishEvent({ type: 'told', data: { n: 1 } });
    await passing(clock, async () => (await heard(b, 'ear')).length === 1);
    const begun = clock.elapsed();
    for (const n of upTo(100).slice(1)) await a.api.publishEvent({ type: 'told', data: { n } });
    const accepted = async () => (await b.api.listTriggerEvents({ process: 'ear', limit: 200 })).items.length;
    await passing(clock, async () => (await accepted()) > 10);
    await passing(clock, async () => {
      const seconds = (clock.elapsed() - begun) / 1_000;
      // What was saved up, and then ten a second.
      expect(await accepted()).toBeLessThanOrEqual(1 + 10 + 10 * seconds + 1);
      return (await accepted()) === 100;
    });
    expect((clock.elapsed() - begun) / 1_000).toBeGreaterThan(8);
    await passing(clock, async () => (await heard(b, 'ear')).length === 100);
    expect(await heard(b, 'ear')).toEqual(upTo(100));
    expect(said).toContain('busy');
    expect((await a.api.shipping({})).backlogs).toMatchObject([{ node: 'b', bytes: 0, problem: null }]);
  });
});

describe('messages between nodes', () => {
  const worker = (name: string) =>
    script(name, `await agent.context.set('done', [...(agent.context.get('done') ?? []), event.payload.content.n]);`, [
      { type: 'message', topic: 'jobs' },
    ]);
  const done = async (node: ClusterNode, name: string) => heard(node, name, 'done');

  test('go to one process of the cluster each', async () => {
    const [a, b] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await a.api.createProcess({ manifest: worker('worker-a'), start: true });
    await b.api.createProcess({ manifest: worker('worker-b'), start: true });
    await until(() => a.crossing.roster.whereIs('worker-b'));
    for (const n of upTo(12)) await a.api.sendMessage({ topic: 'jobs', content: { n } });
    await until(async () => (await a.api.listMessages({ state: 'consumed' })).items.length === 12);
    const [byA, byB] = [await done(a, 'worker-a'), await done(b, 'worker-b')];
    expect([...byA, ...byB].sort((x, y) => x - y)).toEqual(upTo(12));
    expect(byB.length).toBeGreaterThan(0);
  });

  test('that are addressed go to the node of the one they are for, also after a cut', async () => {
    const clock = new HandClock();
    const world = new ClusterWorld({ clock });
    const [a, b] = (await world.startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await b.api.createProcess({ manifest: worker('worker-b'), start: true });
    await passing(clock, () => a.crossing.roster.whereIs('worker-b'));
    world.network.cut('a', 'b');
    await a.api.sendMessage({ topic: 'anything', content: { n: 1 }, to: 'worker-b' });
    await clock.advance(60_000);
    world.network.heal();
    await passing(clock, async () => (await a.api.listMessages({ state: 'consumed' })).items.length === 1);
    expect(await done(b, 'worker-b')).toEqual([1]);
  });

  test('whose answer was lost are with the one that has them, and nobody else', async () => {
    const clock = new HandClock();
    const world = new ClusterWorld({ clock });
    const [a, b] = (await world.startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await b.api.createProcess({ manifest: worker('worker-b'), start: true });
    await passing(clock, () => a.crossing.roster.whereIs('worker-b'));
    world.network.cutOneWay('b', 'a');
    await a.api.sendMessage({ topic: 'jobs', content: { n: 1 } });
    await a.api.createProcess({ manifest: worker('worker-a'), start: true });
    await passing(clock, async () => (await done(b, 'worker-b')).length === 1);
    await clock.advance(5_000);
    world.network.heal();
    await passing(clock, async () => (await a.api.listMessages({ state: 'consumed' })).items.length === 1);
    expect([await done(a, 'worker-a'), await done(b, 'worker-b')]).toEqual([[], [1]]);
  });
});

describe('labels of untrusted origin', () => {
  const relay = script(
    'relay',
    `await agent.emit('told', { n: event.payload.n }); await agent.send('jobs', { n: event.payload.n });`,
    [{ type: 'webhook', webhook_path: '/in' }],
  );
  const worker = script('worker', `return 'done';`, [{ type: 'message', topic: 'jobs' }]);
  const request = {
    hookPath: '/in',
    method: 'POST',
    path: '/in',
    query: {},
    headers: { 'content-type': 'application/json' },
    bodyBase64: Buffer.from('{"n":1}').toString('base64'),
    remoteAddress: '127.0.0.1',
    receivedAt: Date.now(),
  };
  const labelsOf = async (node: ClusterNode, process: string) => {
    const first = async () => (await node.api.listTriggerEvents({ process })).items[0]?.id;
    await until(first);
    return (await node.api.getTriggerEvent({ id: (await first()) ?? '' })).taint;
  };

  test('go along with what was made from it, events and messages alike', async () => {
    const [a, b] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await a.api.createProcess({ manifest: relay, start: true });
    await b.api.createProcess({ manifest: listener('ear'), start: true });
    await b.api.createProcess({ manifest: worker, start: true });
    await a.side.receive('relay', request);
    expect(await labelsOf(b, 'ear')).toEqual(expect.arrayContaining(['event:relay', 'peer:a', 'webhook:none']));
    expect(await labelsOf(b, 'worker')).toEqual(expect.arrayContaining(['message:relay', 'peer:a', 'webhook:none']));
  });

  test('are made for what a person sent through another node', async () => {
    const [a, b] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await b.api.createProcess({ manifest: worker, start: true });
    await until(() => a.crossing.roster.whereIs('worker'));
    await a.api.sendMessage({ topic: 'jobs', content: { n: 1 } });
    expect(await labelsOf(b, 'worker')).toContain('peer:a');
  });
});

describe('a webhook at the wrong node', () => {
  const hooked = script(
    'hooked',
    `await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.n]);`,
    [{ type: 'webhook', webhook_path: '/in' }],
  );
  const request = (n: number) => ({
    hookPath: '/in',
    method: 'POST',
    path: '/in',
    query: {},
    headers: { 'content-type': 'application/json' },
    bodyBase64: Buffer.from(JSON.stringify({ n })).toString('base64'),
    remoteAddress: '127.0.0.1',
    receivedAt: Date.now(),
  });

  test('is answered as its owner answers', async () => {
    const [a, b] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await b.api.createProcess({ manifest: hooked, start: true });
    await until(() => a.crossing.roster.whereIs('hooked'));
    expect(await a.crossing.forwardHook('hooked', request(1))).toMatchObject({
      status: 202,
      body: { status: 'accepted' },
    });
    await until(async () => (await heard(b, 'hooked')).length === 1);
    await expect(a.crossing.forwardHook('hooked', { ...request(1), hookPath: '/nowhere' })).rejects.toMatchObject({
      code: 'HOOK_NOT_FOUND',
    });
    await expect(a.crossing.forwardHook('unheard-of', request(1))).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
  });

  test('is kept while its agent is being taken up, where nobody knows yet which webhooks it has', async () => {
    const [a, b] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await b.api.createProcess({ manifest: hooked, start: true });
    await until(() => a.crossing.roster.whereIs('hooked'));
    await b.runtime.dismiss('hooked');
    const takenUp = b.runtime.adopt('hooked');
    await expect(b.side.receive('hooked', request(1))).rejects.toMatchObject({ code: 'HOOK_NOT_READY' });
    expect(await a.crossing.forwardHook('hooked', request(1))).toMatchObject({ status: 202 });
    await takenUp;
    await until(async () => (await heard(b, 'hooked')).length === 1);
    expect(a.crossing.hooks.waiting()).toBe(0);
  });

  test('is stored while the owner is away, over a restart, and brought once', async () => {
    const clock = new HandClock();
    const world = new ClusterWorld({ clock });
    const [a, b] = (await world.startAll('a', 'b')) as [ClusterNode, ClusterNode];
    await b.api.createProcess({ manifest: hooked, start: true });
    await passing(clock, () => a.crossing.roster.whereIs('hooked'));
    // The owner takes it, and its answer is lost: it comes again, as the same.
    world.network.cutOneWay('b', 'a');
    const answer = a.crossing.forwardHook('hooked', { ...request(1), receivedAt: clock.now() });
    await passing(clock, async () => (await heard(b, 'hooked')).length === 1);
    await clock.advance(3_000);
    expect(await answer).toMatchObject({ status: 202, body: { status: 'stored' } });
    await a.kill();
    world.network.heal();
    const again = await world.start('a');
    await passing(clock, () => again.crossing.hooks.waiting() === 0);
    expect(await heard(b, 'hooked')).toEqual([1]);
  });
});
