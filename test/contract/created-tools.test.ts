import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RunBrief, RunView } from '../../src/shared/views/views.ts';
import { escapeSnippets } from '../world/escapes.ts';
import { home } from '../world/home.ts';
import { wake } from '../world/make.ts';
import { startNode } from '../world/node-child.ts';
import { openAgent } from '../world/open-agent.ts';
import { bodiesOf, drained, openItem } from '../world/outcomes.ts';
import { until } from '../world/until.ts';
import { createWorld } from '../world/world.ts';

/** Code that takes what it can get: time, memory, stack. Each must be ended. */
const greedy: [name: string, body: string][] = [
  ['a loop', 'for (;;) {}'],
  ['a loop that catches', 'while (true) { try { while (true) {} } catch {} finally { for (;;) {} } }'],
  ['a loop of promises', 'for (;;) await null'],
  [
    'a loop of promises that catch',
    'const spin = async () => { for (;;) await 0 }; const again = () => spin().catch(again); await again()',
  ],
  ['microtasks for ever', 'await new Promise(() => { const again = () => queueMicrotask(again); again() })'],
  ['a wait for nothing', 'await new Promise(() => {})'],
  ['logging for ever', 'for (;;) await agent.log("x")'],
  ['logging much', 'for (;;) agent.log("x".repeat(1e6))'],
  ['a getter of the answer', 'return { get a() { for (;;) {} } }'],
  ['toJSON of the answer', 'return { toJSON() { for (;;) {} } }'],
  ['the message of what it throws', 'throw Object.defineProperty(new Error(), "message", { get() { for (;;) {} } })'],
  ['a regular expression', 'return /^(a+)+$/.test("a".repeat(60) + "b")'],
  ['a proxy', 'return Reflect.get(new Proxy({}, { get: () => { for (;;) {} } }), "x")'],
  ['sorting', 'return Array.from({ length: 1e5 }, (_, i) => -i).sort(() => { for (;;) {} })'],
  ['a generator', 'return [...(function* () { for (;;) yield 1 })()]'],
  ['a search that cannot be interrupted', 'const a = "a".repeat(2e7); return a.indexOf("a".repeat(1e7) + "b")'],
  ['a list that grows', 'const all = []; for (;;) all.push(new Array(1e4).fill(7))'],
  ['a text that doubles', 'let text = "x"; for (;;) text += text'],
  ['a buffer', 'return new ArrayBuffer(2 ** 33).byteLength'],
  ['buffers', 'const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1))'],
  ['a repeated text', 'return "x".repeat(2 ** 29)'],
  ['padding', 'return "x".padEnd(2 ** 30, "yz")'],
  ['joining', 'return new Array(2 ** 28).join("xyz")'],
  ['a large number', 'let n = 3n; for (;;) n = n ** 3n'],
  ['a map that grows', 'const map = new Map(); for (let i = 0; ; i++) map.set(i, { i })'],
  ['closures', 'let f = () => 0; for (;;) { const g = f; f = () => g() + 1 }'],
  ['recursion', 'const f = (n) => f(n + 1) + 1; return f(0)'],
  ['recursion in two', 'const a = () => b(), b = () => a(); return a()'],
  ['recursion in a getter', 'const o = { get x() { return this.x } }; return o.x'],
  ['deep JSON', 'return JSON.parse("[".repeat(1e5) + "]".repeat(1e5))'],
  ['deep answers', 'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o'],
  ['a large answer', 'return "x".repeat(3e6)'],
  ['many calls at once', 'await Promise.all(Array.from({ length: 5000 }, () => agent.log("x")))'],
];

const bodies = (mark: string) => [...escapeSnippets(mark).snippets, ...greedy];

test('a hundred created tools that want out reach nothing, are ended within five seconds, and the node answers meanwhile', async () => {
  const folder = home();
  const mark = join(folder, 'escaped');
  const all = bodies(mark);
  expect(all.length).toBeGreaterThanOrEqual(100);
  const child = await startNode(folder);
  onTestFinished(() => child.kill());
  const created_tools = Object.fromEntries(
    all.map(([name, body], index) => [
      `escape_${index}`,
      { description: name, script: `export default async function run(event, agent) { ${body}\n}` },
    ]),
  );
  const manifest = {
    version: '1.0',
    name: 'prisoner',
    model: 'script',
    max_steps: 1_000,
    created_tools,
    script: `export default async function run(event, agent) {
      const ends = [];
      let next = 0;
      const lane = async () => {
        for (let n = next++; n < ${all.length}; n = next++) {
          try { await agent.tool('escape_' + n, {}); ends[n] = 'answered'; } catch (refusal) { ends[n] = refusal.code; }
        }
      };
      await Promise.all([lane(), lane()]);
      return ends;
    }`,
  };
  expect(await child.call('POST', '/processes', { manifest, start: true })).toMatchObject({ status: 201 });
  await child.call('POST', '/processes/prisoner/wake', {});
  const answeredAfter: number[] = [];
  let run: RunBrief | undefined;
  await until(async () => {
    const begun = performance.now();
    const { status } = await child.call('GET', '/processes/prisoner');
    answeredAfter.push(performance.now() - begun);
    expect(status).toBe(200);
    [run] = ((await child.call('GET', '/runs?process=prisoner')).body as { items: RunBrief[] }).items;
    return run !== undefined && run.endedAt !== null;
  }, 150_000);
  const { steps, output, state } = (await child.call('GET', `/runs/${run?.id}`)).body as RunView;
  expect(state).toBe('done');
  const slowest = steps
    .map((step) => ({ name: created_tools[step.name]?.description, ms: (step.endedAt ?? 0) - step.startedAt }))
    .sort((a, b) => b.ms - a.ms);
  answeredAfter.sort((a, b) => a - b);
  const p99 = answeredAfter[Math.floor(answeredAfter.length * 0.99)] ?? 0;
  console.log(
    `${all.length} created tools; the slowest end after ${slowest[0]?.ms} ms (${slowest[0]?.name}); the node answered ${answeredAfter.length} times meanwhile, p50 ${answeredAfter[Math.floor(answeredAfter.length / 2)]?.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
  );
  expect(existsSync(mark)).toBe(false);
  expect(slowest[0]?.ms, JSON.stringify(slowest.slice(0, 3))).toBeLessThanOrEqual(5_000);
  const ends = output as string[];
  const unended = all.slice(-greedy.length).filter((_, index) => ends.at(index - greedy.length) === 'answered');
  expect(unended).toEqual([]);
  const known = ['answered', 'SCRIPT_FAILED', 'SCRIPT_INVALID', 'SCRIPT_LIMIT', 'POLICY_REFUSED', 'SANDBOX_CRASHED'];
  expect(ends.filter((end) => !known.includes(end))).toEqual([]);
  expect(p99).toBeLessThan(1_000);
}, 180_000);

test('a call of a created tool that the power cut off is not made again unasked', async () => {
  const cut = { at: 'end-step', when: 'before' as const, times: 1 };
  await using world = await createWorld({ journal: 'sqlite', cut });
  const { process } = await openAgent(world, {
    createdTools: {
      double_it: { description: 'x', script: 'export default async function run({ n }) { return n * 2 }' },
    },
  });
  await wake(process, { calls: [['double_it', { n: 4 }]] } as never);
  await world.until(() => !world.power.isOn);
  await world.restart('killed');
  const again = (await world.runtime()).get('p');
  const { id, kind } = await openItem(again);
  expect(kind).toBe('in_doubt');
  await again.steering.answer(id, { verdict: 'run_again' }, 'ada');
  await drained(again);
  expect((await bodiesOf(world, again, 'run.settled'))[0]?.output).toEqual([8]);
});
