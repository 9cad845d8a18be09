import { describe, expect, test } from 'vitest';
import { script, wake } from '../world/make.ts';
import { calls, callsEach, fails, htmlPage, says } from '../world/model-replies.ts';
import { bodiesOf, drained, ended, kept, settled } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();

describe.each(storeKinds)('an agent that thinks with a model, kept in %s', (journal) => {
  test('calls tools, keeps context, and what it said stands in its conversation the next time', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    const process = await world.started('p', await world.thinking());
    model.reply([
      callsEach([
        ['put', { what: 'a' }],
        ['set_context', { key: 'seen', value: 1 }],
      ]),
      says('Put a.'),
      says('Nothing new.'),
    ]);
    await wake(process, { order: 7 });
    await drained(process);
    await wake(process, { order: 8 });
    await drained(process);
    const [first, second] = await settled(world, process);
    expect(first).toMatchObject({
      outcome: 'done',
      output: 'Put a.',
      steps: 4,
      usage: { modelCalls: 2, toolCalls: 2 },
    });
    expect(first?.usage.inputTokens).toBeGreaterThan(0);
    expect(second?.output).toBe('Nothing new.');
    expect(kept(process, 'seen')).toBe(1);
    expect(process.snapshot.conversation.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
    const shown = JSON.stringify(model.chats[2]?.body?.['messages']);
    expect(shown).toContain('Put a.');
    expect(shown).toContain('seen: 1');
    expect(shown).toContain('\\"order\\": 8');
  });

  test('asked for several tools at once makes each a step, and after a kill only those without a result again', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    let process = await world.started('p', await world.thinking());
    model.reply((request) =>
      request.toolAnswers.length > 0
        ? says(`got ${request.toolAnswers.length}`)
        : callsEach([
            ['look', { what: 1 }],
            ['put', { what: 2 }],
            ['look', { what: 3 }],
          ]),
    );
    const gate = world.ledger.hold('put', 'after');
    await wake(process);
    await gate.arrived;
    await world.until(async () => (await bodiesOf(world, process, 'step.ended')).length === 3);
    await world.restart('killed');
    process = await world.takenUp('p');
    await drained(process);
    expect((await settled(world, process))[0]).toMatchObject({ output: 'got 3', steps: 5 });
    expect(world.ledger.done('look')).toEqual([1, 3]);
    expect(model.chatCount).toBe(2);
  });

  test('G7: is not asked again for an answer that was kept; one in flight is asked for again with the same key', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    let process = await world.started('p', await world.thinking());
    model.reply((request) =>
      request.toolAnswers.length === 0 ? calls('look', {}) : says('done', { delayMs: request.n === 2 ? 60_000 : 0 }),
    );
    await wake(process);
    await world.until(() => model.chatCount === 2);
    await world.restart('killed');
    process = await world.takenUp('p');
    await drained(process);
    expect((await settled(world, process))[0]?.output).toBe('done');
    const keys = model.chats.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(keys[1]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
    expect(world.ledger.done('look')).toHaveLength(1);
  });

  test('goes on at the model call that failed: what its tools did before is not done again', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const model = await world.model();
    const process = await world.started('p', await world.thinking());
    let failures = 2;
    model.reply((request) => {
      if (request.toolAnswers.length === 0) return calls('pay', { what: 'once' });
      return failures-- > 0 ? htmlPage() : says('paid');
    });
    await wake(process);
    await world.until(() => world.clock.advance(1_000).then(() => process.snapshot.queue.size === 0));
    expect(world.ledger.done('pay')).toEqual(['once']);
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: 'paid' });
    expect(await bodiesOf(world, process, 'run.retrying')).not.toEqual([]);
    expect(await bodiesOf(world, process, 'run.started')).toHaveLength(1);
  });

  test('is told what was wrong with a call: an unknown tool, wrong arguments, arguments that are no JSON', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    const process = await world.started('p', await world.thinking());
    const heard: string[] = [];
    const tries = [
      calls('lok', {}),
      calls('set_context', { key: 5 }),
      calls('put', '{"what": '),
      calls('put', { what: 'right' }),
    ];
    model.reply((request) => {
      const last = request.toolAnswers.at(-1);
      if (last) heard.push(last);
      return tries.shift() ?? says('done');
    });
    await wake(process);
    await drained(process);
    expect(heard[0]).toMatch(/^TOOL_UNKNOWN: .*look/);
    expect(heard[1]).toMatch(/^TOOL_ARGS_INVALID: /);
    expect(heard[2]).toContain('no JSON');
    expect(world.ledger.done('put')).toEqual(['right']);
    expect((await settled(world, process))[0]?.outcome).toBe('done');
  });

  test('that keeps writing arguments that are no JSON is given up on, after it was told so twice', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    const process = await world.started('p', await world.thinking({ triggerDelivery: { maxRetries: 0 } }));
    model.reply(() => calls('put', '{"what": '));
    await wake(process);
    await ended(process, 1);
    expect((await settled(world, process))[0]?.error?.code).toBe('LLM_BAD_TOOL_ARGS');
    expect(model.chatCount).toBe(3);
    expect(world.ledger.calls).toEqual([]);
  });

  test('that never ends is stopped after the turns it may take', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    const process = await world.started('p', await world.thinking({ maxTurns: 3 }));
    model.reply(() => calls('look', {}));
    await wake(process);
    await ended(process, 1);
    const [end] = await settled(world, process);
    expect(end?.error?.code).toBe('LIMIT_TURNS');
    expect(model.chatCount).toBe(3);
    expect(process.snapshot.conversation).toEqual([]);
  });

  test('whose provider refuses it sets the event aside at once, with the words of the provider', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    const process = await world.started('p', await world.thinking());
    model.reply(fails(400, 'That model does not exist.'));
    await wake(process);
    await ended(process, 1);
    expect((await settled(world, process))[0]?.error).toMatchObject({ code: 'MODEL_REFUSED' });
    expect((await settled(world, process))[0]?.error?.message).toContain('That model does not exist.');
    expect(model.chatCount).toBe(1);
  });

  test('that works for longer than it may is stopped, tried again, and goes on where it was', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const process = await world.started('p', {
      ...script(`await agent.tool('look', {}); await agent.tool('put', { what: 1 }); return null`),
      maxInvocationTime: 30,
      toolTimeout: 3_600,
    });
    const gate = world.ledger.hold('put', 'before');
    await wake(process);
    await gate.arrived;
    await world.clock.advance(30_000);
    await world.until(() => process.snapshot.queue.values().next().value?.state === 'delayed');
    const [retry] = await bodiesOf(world, process, 'run.retrying');
    expect(retry?.error.code).toBe('RUN_TIMED_OUT');
    world.ledger.openAll();
    await world.clock.advance(2_000);
    await drained(process);
    expect(world.ledger.calls.map(({ tool }) => tool)).toEqual(['look', 'put']);
  });

  test('is shown the same when its run is taken up again, though context and conversation have changed', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    let process = await world.started('p', await world.thinking({ context: { initialState: { price: 1 } } }));
    model.reply((request) => (request.toolAnswers.length === 0 ? calls('look', {}) : says('done')));
    const gate = world.ledger.hold('look', 'before');
    await wake(process, { n: 1 });
    await gate.arrived;
    await process.steering.setContext('price', 2, 'ada');
    await process.steering.clearConversation('ada');
    await world.restart('killed');
    process = await world.takenUp('p');
    await drained(process);
    const [first, second] = model.chats.map(({ body }) => body?.['messages'] as unknown[]);
    expect(second?.slice(0, 2)).toEqual(first);
    expect(JSON.stringify(first)).toContain('price: 1');
  });

  test.each([
    ['messages', { conversationMaxMessages: 4, conversationCompaction: 'truncate' }, 4],
    ['neither', { conversationMaxMessages: 0, conversationMaxTokens: 0 }, 10],
    ['nothing at all', { conversationHistory: false }, 0],
  ] as const)('keeps a conversation that is limited by %s', async (_by, context, messages) => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    const process = await world.started('p', await world.thinking({ context }));
    model.reply((request) => says(`answer ${request.n}`.padEnd(80, '.')));
    for (let n = 1; n <= 5; n++) {
      await wake(process, `event ${n}`);
      await drained(process);
    }
    const { conversation } = process.snapshot;
    expect(conversation).toHaveLength(messages);
    if (messages > 0) expect(conversation.at(-1)?.content).toMatch(/^answer 5/);
    const last = model.chats[4]?.body?.['messages'] as unknown[];
    expect(last.length).toBe(2 + Math.min(messages, 8));
  });

  test('keeps as much of a conversation as fits into its tokens, the newest of it', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    const context = {
      conversationMaxMessages: 0,
      conversationMaxTokens: 120,
      conversationCompaction: 'truncate' as const,
    };
    const process = await world.started('p', await world.thinking({ context }));
    model.reply((request) => says(`answer ${request.n}`.padEnd(80, '.')));
    for (let n = 1; n <= 5; n++) {
      await wake(process, `event ${n}`);
      await drained(process);
    }
    const lengths = process.snapshot.conversation.map(({ content }) => content.length);
    const whole = lengths.reduce((sum, length) => sum + length, 0);
    expect(whole).toBeLessThanOrEqual(480);
    expect(whole).toBeGreaterThan(480 - 200);
    expect(process.snapshot.conversation.at(-1)?.content).toMatch(/^answer 5/);
  });
});
