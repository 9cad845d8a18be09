import { describe, expect, test } from 'vitest';
import type { AgentProcess } from '../../../src/main/processes/agent-process.ts';
import { runtimeApi } from '../../../src/main/runtime/runtime-api.ts';
import type { ProcessConfigInput } from '../../../src/shared/config/process-config.ts';
import type { InboxItem } from '../../../src/shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { caughtLater } from '../../world/caught.ts';
import { script, wake } from '../../world/make.ts';
import { calls, says } from '../../world/model-replies.ts';
import { bodiesOf, drained, settled } from '../../world/outcomes.ts';
import { until } from '../../world/until.ts';
import { createWorld, fileSandbox } from '../../world/world.ts';

const sandbox = fileSandbox();

async function openItem(process: AgentProcess): Promise<InboxItem> {
  return (await until(() => process.snapshot.items.values().next().value)).item;
}

const paying = (
  approvals: ProcessConfigInput['approvals'],
  body = `return (await agent.tool('pay', { what: 1, to: 'bob' })).n`,
): ProcessConfigInput => ({
  ...script(`try { ${body} } catch (e) { return e.code + ': ' + e.message }`),
  approvals,
});

describe('a call that needs approval', () => {
  test.each(['nothing', 'killed'] as const)(
    'waits with its exact arguments, and is made when approved; between them: %s',
    async (between) => {
      await using world = await createWorld({ sandbox, journal: 'sqlite' });
      let process = await world.started('p', paying({ tools: ['p*y'] }));
      await wake(process);
      const item = await openItem(process);
      expect(item).toMatchObject({
        kind: 'approval',
        about: { tool: 'pay', args: { what: 1, to: 'bob' }, why: 'listed' },
        choices: ['approve', 'deny', 'always_allow'],
      });
      expect(world.ledger.calls).toEqual([]);
      if (between === 'killed') {
        await world.restart('killed');
        process = await world.takenUp('p');
      }
      await process.steering.answer(item.id, 'approve', 'ada');
      await drained(process);
      expect(world.ledger.effects).toMatchObject([{ tool: 'pay', args: { what: 1, to: 'bob' } }]);
    },
  );

  test('is made with what a person made of it, checked by the tool; the rest stays as it was', async () => {
    await using world = await createWorld({ sandbox });
    const body = `await agent.tool('set_context', { key: 'k', value: 'model' })`;
    const process = await world.started('p', paying({ tools: ['set_context'] }, body));
    await wake(process);
    const item = await openItem(process);
    expect(
      (await caughtLater(process.steering.answer(item.id, { verdict: 'approve', args: { key: 7 } }, 'ada'))).code,
    ).toBe('TOOL_ARGS_INVALID');
    expect(process.snapshot.items.size).toBe(1);
    await process.steering.answer(item.id, { verdict: 'approve', args: { value: 'ada' } }, 'ada');
    await drained(process);
    expect(process.snapshot.context.get('k')?.value).toBe('ada');
  });

  test('keeps the edited arguments when a kill comes between the approval and the end of the call', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite' });
    const gate = world.ledger.hold('put', 'before');
    await wake(
      await world.started('p', paying({ tools: ['put'] }, `await agent.tool('put', { what: 'theirs', to: 'bob' })`)),
    );
    const item = await openItem(world.alive('p'));
    await world.alive('p').steering.answer(item.id, { verdict: 'approve', args: { what: 'mine' } }, 'ada');
    await gate.arrived;
    await world.until(async () => (await world.journal.read('p', { kinds: ['step.intended'] })).length === 1);
    await world.restart('killed');
    await drained(await world.takenUp('p'));
    expect(world.ledger.effects.map(({ args }) => args)).toEqual([{ what: 'mine', to: 'bob' }]);
  });

  test('is not made when it is denied, and the agent hears why; the same call is not asked for twice', async () => {
    await using world = await createWorld({ sandbox });
    const again = `for (let n = 0; n < 2; n++) try { await agent.tool('pay', { what: 1 }) } catch (e) { if (n === 1) throw e }`;
    const process = await world.started('p', paying({ tools: ['pay'] }, again));
    await wake(process);
    await process.steering.answer((await openItem(process)).id, { verdict: 'deny', reason: 'too dear' }, 'ada');
    await drained(process);
    expect((await bodiesOf(world, process, 'step.ended'))[0]).toMatchObject({
      refused: true,
      error: { code: 'APPROVAL_DENIED', message: 'A person denied it: too dear' },
    });
    expect((await settled(world, process))[0]?.output).toContain('APPROVAL_DENIED');
    expect(world.ledger.calls).toEqual([]);
    expect(await bodiesOf(world, process, 'run.parked')).toHaveLength(1);
  });

  test.each([
    ['deny', 0],
    ['allow', 1],
  ] as const)('ends as stated when nobody answers in time: %s', async (onTimeout, made) => {
    await using world = await createWorld({ sandbox, clock: 'hand' });
    const process = await world.started('p', paying({ tools: ['pay'], timeout: '1h', onTimeout }));
    await wake(process);
    await openItem(process);
    await world.clock.advance(3_600_001);
    await drained(process);
    expect(world.ledger.effects).toHaveLength(made);
    expect(process.snapshot.items.size).toBe(0);
    expect((await bodiesOf(world, process, 'item.answered'))[0]).toMatchObject({ by: 'timeout' });
    await world.until(() => process.state === 'running');
  });

  test('holds up no other event, and none of them sees the approval', async () => {
    await using world = await createWorld({ sandbox });
    const process = await world.started('p', {
      ...script(`await agent.tool(event.payload.tool, { what: event.payload.tool })`),
      approvals: { tools: ['pay'] },
    });
    await wake(process, { tool: 'pay' });
    const item = await openItem(process);
    await wake(process, { tool: 'put' });
    await world.until(() => process.snapshot.counts.done === 1);
    await wake(process, { tool: 'pay' });
    await world.until(() => process.snapshot.items.size === 2);
    await process.steering.answer(item.id, 'approve', 'ada');
    await world.until(() => process.snapshot.counts.done === 2);
    expect(world.ledger.done('pay')).toEqual(['pay']);
    expect(process.snapshot.items.size).toBe(1);
  });
});

describe('an approval that lasts', () => {
  test('is given for a tool or for exact arguments, and survives a kill', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite' });
    const body = `await agent.tool('pay', { what: event.payload })`;
    await wake(await world.started('p', paying({ tools: ['pay'] }, body)), 'rent');
    await world
      .alive('p')
      .steering.answer((await openItem(world.alive('p'))).id, { verdict: 'always_allow', scope: 'arguments' }, 'ada');
    await drained(world.alive('p'));
    await world.restart('killed');
    const process = await world.takenUp('p');
    await wake(process, 'rent');
    await world.until(() => world.ledger.done('pay').length === 2);
    await drained(process);
    await wake(process, 'car');
    await process.steering.answer((await openItem(process)).id, 'always_allow', 'ada');
    await drained(process);
    await wake(process, 'boat');
    await drained(process);
    expect(world.ledger.done('pay')).toEqual(['rent', 'rent', 'car', 'boat']);
  });

  test('comes of a first use that was approved, of tools that act outside only', async () => {
    await using world = await createWorld({ sandbox });
    const process = await world.started(
      'p',
      paying({ firstUse: true }, `await agent.tool('look', {}); await agent.tool('put', { what: event.payload })`),
    );
    await wake(process, 1);
    const item = await openItem(process);
    expect(item.about).toMatchObject({ tool: 'put', why: 'first_use' });
    await process.steering.answer(item.id, 'approve', 'ada');
    await drained(process);
    await wake(process, 2);
    await drained(process);
    expect(world.ledger.done('put')).toEqual([1, 2]);
  });
});

test('what cannot be undone is asked for, and a call that cannot be made is not', async () => {
  await using world = await createWorld();
  const model = await world.model();
  model.reply([calls('pey', { what: 1 }), calls('pay', { what: 1 }), says('done')]);
  const process = await world.started(
    'p',
    await world.thinking({ approvals: { tools: ['pey'] }, budget: { toolCosts: { pay: { irreversible: true } } } }),
  );
  await wake(process);
  const item = await openItem(process);
  expect(item.about).toMatchObject({ tool: 'pay', why: 'irreversible' });
  await process.steering.answer(item.id, { verdict: 'deny' }, 'ada');
  await drained(process);
  expect(JSON.stringify(model.chats.at(-1)?.body)).toContain(
    'APPROVAL_DENIED: A person denied it: no reason was given',
  );
});

test('an approval that lasts is listed, and asked for again once it is revoked', async () => {
  await using world = await createWorld({ sandbox });
  const runtime = await world.runtime();
  const api = runtimeApi(runtime, { url: () => null, dataDir: world.folder, desktop: false } as never);
  const process = await runtime.register({
    name: 'p',
    config: paying({ tools: ['set_context'] }, `await agent.tool('set_context', { key: 'k', value: event.payload })`),
  });
  await process.start();
  await wake(process, 1);
  await process.steering.answer((await openItem(process)).id, 'always_allow', 'ada');
  await drained(process);
  expect((await api.listApprovals({ name: 'p' }, 'ada')).items).toMatchObject([
    { tool: 'set_context', call: null, by: 'ada' },
  ]);
  await wake(process, 2);
  await drained(process);
  expect((await caughtLater(api.revokeApproval({ name: 'p', tool: 'other', call: null }, 'ada'))).code).toBe(
    'REQUEST_INVALID',
  );
  await api.revokeApproval({ name: 'p', tool: 'set_context', call: null }, 'ada');
  await wake(process, 3);
  await process.steering.answer((await openItem(process)).id, 'deny', 'ada');
  await drained(process);
  expect(process.snapshot.context.get('k')?.value).toBe(2);
});

test('a guard that fails lets nothing through', async () => {
  await using world = await createWorld({ sandbox });
  const broken = {
    name: 'broken',
    beforeStep(): never {
      throw new RuntimeError('INTERNAL', 'the guard is broken');
    },
  };
  const process = world.process(
    'p',
    { ...script(`await agent.tool('put', { what: 1 })`), triggerDelivery: { maxRetries: 0 } },
    { buildGuards: () => [broken] },
  );
  await process.start();
  await wake(process);
  await drained(process);
  expect(process.snapshot.counts.dead).toBe(1);
  expect(world.ledger.calls).toEqual([]);
});
