import { describe, expect, test } from 'vitest';
import { judgementIn } from '../../../src/main/governance/judge.ts';
import { script, wake } from '../../world/make.ts';
import { says } from '../../world/model-replies.ts';
import { startModelServer } from '../../world/model-server.ts';
import { bodiesOf, drained, ended } from '../../world/outcomes.ts';
import { createWorld, fileSandbox, type World } from '../../world/world.ts';

const sandbox = fileSandbox();
const objective = 'Sell ten cakes.';
const worker = script(`return 'I worked on it for a while'`);

async function started(world: World, mission: object, more: object = {}) {
  return world.started('p', { ...worker, mission: { objective, ...mission }, ...more });
}

describe('a mission', () => {
  test('is judged every so many runs, and ends when a sure judge says it is achieved', async () => {
    await using world = await createWorld();
    const model = await world.model();
    let asked = 0;
    model.reply(({ lastUserText }) => {
      if (!lastUserText.includes('You judge')) return says('I worked on it for a while');
      asked++;
      return says(
        JSON.stringify({
          achieved: asked === 2,
          confidence: 0.9,
          reasoning: 'ten cakes',
          progress_summary: `step ${asked}`,
        }),
      );
    });
    const process = await world.started('p', await world.thinking({ mission: { objective, evalEvery: 2 } }));
    for (let n = 1; n <= 4; n++) {
      await wake(process, n);
      await ended(process, n);
    }
    await world.until(() => process.state === 'stopped');
    expect(asked).toBe(2);
    expect(process.snapshot.mission).toMatchObject({ state: 'completed', reason: 'ten cakes', invocations: 4 });
    expect(JSON.stringify(model.chats[3]?.body)).toContain('Progress as judged last: step 1');
  });

  test('goes on being judged when the judge is not sure, and that is told once', async () => {
    await using world = await createWorld();
    const model = await world.model();
    model.reply(({ lastUserText }) =>
      says(
        lastUserText.includes('You judge')
          ? '{"achieved": true, "confidence": 0.2, "reasoning": "maybe", "progress_summary": ""}'
          : 'I worked on it for a while',
      ),
    );
    const process = await world.started('p', await world.thinking({ mission: { objective } }));
    for (let n = 1; n <= 3; n++) {
      await wake(process, n);
      await ended(process, n);
      await world.until(() => process.snapshot.mission?.evaluations.length === n);
    }
    expect(process.state).toBe('running');
    expect(await bodiesOf(world, process, 'governance.noted')).toHaveLength(1);
  });

  test('is worked on no more often than it may be; later events end with the reason', async () => {
    await using world = await createWorld({ sandbox });
    const process = await started(world, { maxInvocations: 2, onComplete: 'continue' });
    for (let n = 1; n <= 6; n++) await wake(process, n);
    await drained(process);
    expect(process.snapshot.counts).toMatchObject({ runs: 2, cancelled: 4 });
    expect((await bodiesOf(world, process, 'event.ended'))[0]?.reason).toContain(
      'the mission is failed: it was worked on 2 times',
    );
  });

  test('is over in time without any event, also when the program was restarted in between', async () => {
    await using world = await createWorld({ sandbox, clock: 'hand', journal: 'sqlite' });
    await started(world, { timeoutHours: 2, onComplete: 'suspend' });
    await world.clock.advance(3_600_000);
    await world.restart('killed');
    const process = await world.takenUp('p');
    await world.clock.advance(3_599_000);
    expect(process.state).toBe('running');
    await world.clock.advance(2_000);
    await world.until(() => process.state === 'suspended');
    expect(process.snapshot.mission).toMatchObject({ state: 'failed', reason: 'its 2 hours are over' });
  });

  test('is checked by a script that sees the evidence and can reach nothing', async () => {
    await using world = await createWorld({ sandbox });
    const successCheck = `export default async function run(event) { return (event.context.sold ?? 0) >= 2 }`;
    const body = script(
      `await agent.context.set('sold', (agent.context.get('sold') ?? 0) + 1); return 'sold one more cake'`,
    );
    const process = await world.started('p', { ...body, mission: { objective, successCheck } });
    for (let n = 1; n <= 2; n++) {
      await wake(process, n);
      await ended(process, n);
    }
    await world.until(() => process.state === 'stopped');
    expect(process.snapshot.mission?.evaluations).toMatchObject([
      { by: 'check', achieved: false },
      { by: 'check', achieved: true },
    ]);
  });

  test('is judged within the budget only', async () => {
    await using world = await createWorld();
    const model = await world.model();
    model.reply(says('I worked on it for a while'));
    const process = await world.started(
      'p',
      await world.thinking({ mission: { objective }, budget: { maxLlmTurnsPerDay: 1 } }),
    );
    await wake(process);
    await drained(process);
    await world.until(async () =>
      (await bodiesOf(world, process, 'governance.noted')).some(({ guard }) => guard === 'mission'),
    );
    expect(model.chatCount).toBe(1);
    expect(process.snapshot.mission?.evaluations).toEqual([]);
  });

  test('with a new objective begins anew', async () => {
    await using world = await createWorld({ sandbox });
    const process = await started(world, { maxInvocations: 1, onComplete: 'continue' });
    await wake(process);
    await drained(process);
    await wake(process);
    await drained(process);
    expect(process.snapshot.mission?.state).toBe('failed');
    const manifest = {
      ...process.snapshot.definition?.manifest,
      mission: { objective: 'Sell a pie.', max_invocations: 1 },
    };
    await process.update({ hash: 'another', manifest, text: null });
    await wake(process);
    await world.until(() => process.snapshot.counts.runs === 2);
    expect(process.snapshot.mission).toMatchObject({ state: 'active', invocations: 1 });
    await drained(process);
  });
});

test('what the judge is charged is settled at what it used', async () => {
  const model = await startModelServer();
  await using world = await createWorld({ sandbox, env: { AGENT_RUNTIME_MODEL_BASE_URL: model.url } });
  model.reply(
    says('{"achieved": false, "confidence": 0.9}', {
      usage: { prompt_tokens: 50, completion_tokens: 5, total_tokens: 55 },
    }),
  );
  const process = await started(
    world,
    { evalModel: 'openai-compatible:judge' },
    { budget: { maxTokensPerDay: 100_000 } },
  );
  await wake(process);
  await world.until(() => process.snapshot.mission?.evaluations.length === 1);
  expect(process.snapshot.day.spent).toMatchObject({ tokens: 55, modelTurns: 1 });
  await model.close();
});

test.each([
  ['{"achieved": true, "confidence": 2}', { achieved: true, confidence: 1 }],
  [
    'Here: {"achieved": false, "confidence": 0.5, "reasoning": "r", "progress_summary": "p"} ok',
    { reasoning: 'r', progress: 'p' },
  ],
  ['no verdict', null],
  ['{"achieved": "yes", "confidence": 1}', null],
])('a verdict is read from %j', (text, expected) => {
  if (expected === null) expect(judgementIn(text)).toBeNull();
  else expect(judgementIn(text)).toMatchObject(expected);
});
