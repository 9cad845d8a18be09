import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { Json } from '../../src/shared/json.ts';
import { job, openTestSandbox, refusal, script } from '../world/sandbox.ts';

const cpuMs = 80;
const sandbox = openTestSandbox({ cpuMs, memoryBytes: 16 * 1_048_576, maxChildren: 1 });
beforeAll(() => sandbox.run(job(script('return 1')).job));
afterAll(() => sandbox.close());

const run = (body: string, answer?: () => Json) => sandbox.run(job(script(body), answer).job);
const works = async () => expect(await run(`return await agent.tool('t')`, () => 'works')).toBe('works');

describe('a script that does not end', () => {
  test.each([
    ['in a loop', 'while (true) {}'],
    ['in a loop that catches', 'while (true) { try { while (true) {} } catch {} finally { for (;;) {} } }'],
    ['after waiting', `await agent.tool('a'); for (;;) {}`],
    ['in promises', 'for (;;) await null'],
    [
      'in promises that catch',
      'const spin = async () => { for (;;) await 0 }; const again = () => spin().catch(again); await again()',
    ],
    ['in microtasks', 'await new Promise(() => { const again = () => queueMicrotask(again); again() })'],
    ['in a getter of what it returns', 'return { get a() { for (;;) {} } }'],
    ['in toJSON of what it gives', 'await agent.emit("x", { toJSON() { for (;;) {} } })'],
    [
      'in the message of what it throws',
      'throw Object.defineProperty(new Error(), "message", { get() { for (;;) {} } })',
    ],
    ['in a regular expression', 'return /^(a+)+$/.test("a".repeat(60) + "b")'],
    ['in a proxy', 'return Reflect.get(new Proxy({}, { get: (t, k, r) => { for (;;) {} } }), "x")'],
    ['in sorting', 'return Array.from({ length: 1e5 }, (_, i) => -i).sort((a, b) => { for (;;) {} })'],
  ])('%s is stopped, and the child goes on', async (_where, body) => {
    const [pid] = sandbox.started.map((child) => child.pid);
    const error = await refusal(run(body));
    expect(error.code).toBe('SCRIPT_LIMIT');
    await works();
    expect(sandbox.started.map((child) => child.pid)).toEqual([pid]);
  });

  test('is stopped at the top of its module too', async () => {
    expect((await refusal(sandbox.run(job('for (;;) {}\nexport default () => 1').job))).code).toBe('SCRIPT_LIMIT');
  });

  test('is told in which function it was', async () => {
    const error = await refusal(run('\n\n  const spin = () => { while (true) {} };\n  spin()'));
    expect(error.details['line']).toBe(3);
  });

  test('does not count the time in which it waits', async () => {
    const held = Promise.withResolvers<Json>();
    const waiting = sandbox.run(job(script(`await agent.tool('a'); return 'done'`), () => held.promise).job);
    expect((await refusal(run('for (;;) {}'))).code).toBe('SCRIPT_LIMIT');
    expect((await refusal(run('for (;;) {}'))).code).toBe('SCRIPT_LIMIT');
    held.resolve(null);
    expect(await waiting).toBe('done');
  });

  test('leaves the event loop of the parent free', async () => {
    const endless = refusal(run('for (;;) {}'));
    let longestMs = 0;
    let ended = false;
    void endless.then(() => {
      ended = true;
    });
    for (let before = performance.now(); !ended; before = performance.now()) {
      await new Promise(setImmediate);
      longestMs = Math.max(longestMs, performance.now() - before);
    }
    expect((await endless).code).toBe('SCRIPT_LIMIT');
    expect(longestMs).toBeLessThan(1_000);
  });
});

describe('a script that wants too much memory', () => {
  test.each([
    ['objects', 'const all = []; for (;;) all.push(new Array(1000).fill(1))'],
    ['one string', 'return "x".repeat(1e9)'],
    ['strings', 'const all = []; for (let i = 0; ; i++) all.push("xy".repeat(1000) + i)'],
    ['a string that doubles', 'let s = "x"; for (;;) s += s'],
    ['an ArrayBuffer', 'return new ArrayBuffer(1e9).byteLength'],
    ['a Map', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, {})'],
    ['a number', 'let x = 3n; for (;;) x *= x'],
    ['promises', 'const all = []; for (;;) all.push(new Promise(() => {}))'],
    ['an array', 'return Array.from({ length: 1e9 })'],
  ])('for %s is stopped, and the next has all its memory', async (_what, body) => {
    const error = await refusal(run(body));
    expect(['SCRIPT_LIMIT', 'SCRIPT_FAILED']).toContain(error.code);
    if (error.code === 'SCRIPT_FAILED') expect(error.message).toContain('too large');
    expect(await run('return new Uint8Array(8e6).length')).toBe(8e6);
  });

  test('may catch that and go on with what it has', async () => {
    expect(await run('try { new ArrayBuffer(1e9) } catch (error) { return error.message }')).toBe('out of memory');
  });

  test('may leave no room for what it says at the end', async () => {
    const full = 'const all = []; try { for (;;) all.push(new Array(16).fill(all.length)) } catch {}';
    for (const last of ['return "x".repeat(5e5)', 'await agent.emit("x", "y".repeat(5e5))']) {
      const error = await refusal(run(`${full}\n${last}`));
      expect(error.code).toBe('SCRIPT_LIMIT');
    }
    const answered = await run(`${full}; all.length -= 50; return await agent.tool('t').catch(() => 'caught')`, () =>
      'x'.repeat(1e6),
    ).catch((error: RuntimeError) => error.code);
    expect(answered).toBe('SCRIPT_LIMIT');
    await works();
  });

  test('with several at once leaves the child alive', async () => {
    const bombs = Array.from({ length: 6 }, () => refusal(run('const all = []; for (;;) all.push({})')));
    for (const error of await Promise.all(bombs)) expect(error.code).toBe('SCRIPT_LIMIT');
    await works();
  });
});

describe('a script that goes too deep', () => {
  test.each([
    ['calls', 'const f = () => f() + 1; return f()'],
    ['JSON', 'return JSON.parse("[".repeat(1e5))'],
    ['a value', 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a'],
    ['proxies', 'let p = {}; for (let i = 0; i < 1e4; i++) p = new Proxy(p, {}); return p.x'],
    ['getters', 'const o = { get a() { return this.a } }; return o.a'],
    ['conversions', 'const o = { toString() { return "" + this } }; return "" + o'],
    ['async calls', 'const f = async () => await f(); return f()'],
    ['sorting', 'const f = () => [2, 1].sort(f); return f()'],
    ['flat', 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a.flat(Infinity).length'],
  ])('in %s fails alone', async (_where, body) => {
    const error = await refusal(run(body));
    expect(error.code).toBe('SCRIPT_LIMIT');
    await works();
  });

  test('in its text is refused', async () => {
    for (const deep of [
      `${'['.repeat(1e5)}${']'.repeat(1e5)}`,
      `${'('.repeat(1e5)}1${')'.repeat(1e5)}`,
      `${'-'.repeat(0)}${'!'.repeat(5e5)}1`,
    ]) {
      const error = await refusal(sandbox.check(`export default () => ${deep}`));
      expect(['SCRIPT_LIMIT', 'SCRIPT_INVALID']).toContain(error.code);
    }
    await works();
  });
});

describe('a value that is too large', () => {
  test.each([
    ['returned', 'return "x".repeat(1_048_577)'],
    ['returned in parts', 'return Array.from({ length: 200_000 }, () => "xxxx")'],
    ['given to a call', `await agent.tool('t', "x".repeat(1_048_577))`],
    ['written to the context', `await agent.context.set('k', "x".repeat(1_048_577))`],
    ['logged', `console.log("x".repeat(1_048_577))`],
  ])('is refused when %s', async (_how, body) => {
    const error = await refusal(run(body));
    expect(error.code).toBe('SCRIPT_LIMIT');
    expect(error.message).toContain('1 MB');
  });

  test('may be caught, and nothing of it happened', async () => {
    expect(
      await run(
        `try { await agent.context.set('k', "x".repeat(1_048_577)) } catch (error) { return [error.code, agent.context.get('k') ?? null] }`,
      ),
    ).toEqual(['SCRIPT_LIMIT', null]);
  });

  test('is refused as an event and as an answer', async () => {
    const { job: large } = job(script('return 1'), undefined, { event: 'x'.repeat(1_048_577) });
    expect((await refusal(sandbox.run(large))).code).toBe('SCRIPT_LIMIT');
    const error = await refusal(run(`\n  await agent.tool('t')`, () => 'x'.repeat(1_048_577)));
    expect(error.code).toBe('SCRIPT_LIMIT');
    expect(error.details['line']).toBe(2);
  });

  test('just below the limit goes in and out', async () => {
    const text = '"\\é😀\n'.repeat(100_000);
    const { job: large } = job(
      script(`return [event.length, await agent.tool('t', event)]`),
      (_name, args) => args[1] as Json,
      { event: text },
    );
    expect(await sandbox.run(large)).toEqual([text.length, text]);
  });
});

describe('calls', () => {
  test('of which very many are open at once are refused', async () => {
    const error = await refusal(run(`await Promise.all(Array.from({ length: 1100 }, (_, n) => agent.emit('n', n)))`));
    expect(error.code).toBe('SCRIPT_LIMIT');
    expect(error.message).toContain('1024');
  });

  test('with more text than the parent should have to read at once are refused', async () => {
    const error = await refusal(
      run(`await Promise.all(Array.from({ length: 12 }, () => agent.emit('n', 'x'.repeat(1e6))))`),
    );
    expect(error.code).toBe('SCRIPT_LIMIT');
  });
});

describe('a run leaves nothing behind', () => {
  const poison = `
    globalThis.left = 'here'; var alsoLeft = 1;
    Object.prototype.left = 'here'; Array.prototype.push = () => 'poison'; Promise.prototype.then = () => 'poison';
    JSON.stringify = () => '"poison"'; JSON.parse = () => 'poison'; Math.random = () => 4; Date.now = () => 4;
    Object.defineProperty(Array.prototype, 0, { set() {}, get: () => 'poison', configurable: true });
    Function.prototype.call = () => 'poison'; Function.prototype.apply = () => 'poison';
    String.prototype.slice = () => 'poison';
    for (const key of Reflect.ownKeys(globalThis)) { try { if (key !== 'globalThis') delete globalThis[key] } catch {} }`;
  const probe = `const own = Reflect.ownKeys(globalThis).map(String).sort();
    return [typeof left, typeof alsoLeft, [].push(1), JSON.stringify({ a: [1] }), own.length, [[0][0], Math.random() < 1, Date.now() > 5], {}.left === undefined,
      await Promise.resolve('then'), [1, 2].map((n) => n * 2), 'abc'.slice(1), await agent.tool('t')]`;

  test('for another script or for itself', async () => {
    const clean = await run(probe, () => 'answer');
    for (let round = 0; round < 5; round += 1) {
      await run(poison).catch((error: unknown) => expect(error).toBeInstanceOf(RuntimeError));
      expect(await run(probe, () => 'answer')).toEqual(clean);
    }
    const both = script(`const before = [typeof globalThis.mark, {}.mark === undefined, [].at === Array.prototype.at];
      globalThis.mark = 1; Object.prototype.mark = 1; Array.prototype.at = null; return before`);
    for (let round = 0; round < 5; round += 1)
      expect(await sandbox.run(job(both).job)).toEqual(['undefined', true, true]);
  });

  test('for one that runs at the same time in the same child', async () => {
    const held = Promise.withResolvers<Json>();
    const waiting = sandbox.run(
      job(
        script(`globalThis.mine = 1; await agent.tool('a'); return [globalThis.mine, globalThis.theirs ?? null]`),
        () => held.promise,
      ).job,
    );
    await run(`globalThis.theirs = 1; Object.prototype.theirs = 1; Promise = null`);
    held.resolve(null);
    expect(await waiting).toEqual([1, null]);
  });

  test('when it was stopped, cancelled or unwound', async () => {
    const clean = await run(probe, () => 'answer');
    const controller = new AbortController();
    const park = { unwind: true };
    const cancelled = job(script(`${poison}; await agent.tool('a')`), () => new Promise(() => {}), {
      signal: controller.signal,
    });
    const ended = sandbox.run(cancelled.job).catch(() => {});
    await Promise.race([ended, expect.poll(() => cancelled.calls.length).toBe(1)]);
    controller.abort();
    await sandbox
      .run(job(script(`Object.prototype.left = 1; await agent.tool('a')`), () => Promise.reject(park)).job)
      .catch(() => {});
    await run('Object.prototype.left = 1; for (;;) {}').catch(() => {});
    await run('Object.prototype.left = 1; const all = []; for (;;) all.push({})').catch(() => {});
    await run('Object.prototype.left = 1; JSON.parse("[".repeat(1e5))').catch(() => {});
    expect(await run(probe, () => 'answer')).toEqual(clean);
  });

  test('in its own calls, whatever it did to the built-ins', async () => {
    const { job: made, calls } = job(
      script(`${poison}; await agent.emit('x', { a: 1 }); agent.context.set('k', 2); return agent.random() < 1`),
    );
    expect(await sandbox.run(made)).toBe(true);
    expect(calls).toEqual([
      ['emit', 'x', { a: 1 }],
      ['context.set', 'k', 2],
    ]);
  });
});
