import { afterAll, describe, expect, test } from 'vitest';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { Json } from '../../src/shared/json.ts';
import { type Answer, job, openTestSandbox, refusal, script, startedAt } from '../world/sandbox.ts';

const sandbox = openTestSandbox();
afterAll(() => sandbox.close());

const run = async (body: string, answer?: Answer, more?: Parameters<typeof job>[2]) => {
  const { job: made, calls } = job(script(body), answer, more);
  return { value: await sandbox.run(made), calls };
};

describe('the form of a script', () => {
  const forms: [body: string, call: Json[]][] = [
    [`await agent.tool('files.read', { path: 'a' })`, ['tool', 'files.read', { path: 'a' }]],
    [`await agent.tool('get_context')`, ['tool', 'get_context', {}]],
    [`await agent.emit('order.paid', { id: 1 })`, ['emit', 'order.paid', { id: 1 }]],
    [`await agent.emit('ping')`, ['emit', 'ping', null]],
    [`await agent.send('orders', [1, 2])`, ['send', 'orders', [1, 2]]],
    [`await agent.ask('May I?')`, ['ask', 'May I?']],
    [`await agent.memory.store('likes tea')`, ['memory.store', 'likes tea']],
    [`await agent.memory.store('likes tea', ['food'])`, ['memory.store', 'likes tea', ['food']]],
    [`await agent.memory.search('tea')`, ['memory.search', 'tea']],
    [`await agent.memory.search('tea', 3)`, ['memory.search', 'tea', 3]],
    [`await agent.memory.forget('m1')`, ['memory.forget', 'm1']],
    [`await agent.sleep(5000)`, ['sleep', 5000]],
    [`await agent.log('a', 'b')`, ['log', 'a', 'b']],
    [`await agent.context.set('k', { a: 1 })`, ['context.set', 'k', { a: 1 }]],
    [`await agent.context.delete('k')`, ['context.delete', 'k']],
  ];
  test.each(forms)('%s reaches the parent as one call', async (body, call) => {
    expect((await run(body)).calls).toEqual([call]);
  });

  test('run gets the event and gives back its value', async () => {
    const { value } = await run('return { got: event, list: [1, "zwei", null, true] }', undefined, {
      event: { order: 'ü\t\n"' },
    });
    expect(value).toEqual({ got: { order: 'ü\t\n"' }, list: [1, 'zwei', null, true] });
  });

  test('a call gives what the parent answered', async () => {
    const { value } = await run(`return [await agent.tool('a'), await agent.ask('?')]`, (name) => ({
      to: name,
      text: '\u2028é😀',
    }));
    expect(value).toEqual([
      { to: 'tool', text: '\u2028é😀' },
      { to: 'ask', text: '\u2028é😀' },
    ]);
  });

  test('a script that returns nothing gives null, and need not be async', async () => {
    expect((await run('')).value).toBeNull();
    const { job: plain } = job('export default (args, agent) => args.a + args.b', undefined, { event: { a: 1, b: 2 } });
    expect(await sandbox.run(plain)).toBe(3);
  });

  test('console and agent.log write texts', async () => {
    const { calls } = await run(
      `console.log('a', 1, { b: [2] }, undefined, null); console.error(new TypeError('bad')); agent.log(5n)`,
    );
    expect(calls).toEqual([
      ['log', 'a', '1', '{"b":[2]}', 'undefined', 'null'],
      ['log', 'TypeError: bad'],
      ['log', '5'],
    ]);
  });

  test('there is nothing of a host around it', async () => {
    const names = [
      'fetch',
      'setTimeout',
      'setInterval',
      'process',
      'require',
      'module',
      'Buffer',
      'WebAssembly',
      'performance',
    ];
    const { value } = await run(`return ${JSON.stringify(names)}.filter((name) => name in globalThis)`);
    expect(value).toEqual([]);
  });
});

describe('context', () => {
  test('is read at once, from the snapshot and what the script wrote', async () => {
    const { value, calls } = await run(
      `const before = agent.context.get('n');
       agent.context.set('n', before + 1);
       const [awaited, all] = [await agent.context.get('n'), agent.context.all()];
       agent.context.delete('gone');
       return { before, awaited, all, gone: agent.context.get('gone') === undefined, left: agent.context.all() }`,
      undefined,
      { context: { n: 1, gone: true, __proto__: 5 } as Record<string, Json> },
    );
    expect(value).toEqual({ before: 1, awaited: 2, all: { n: 2, gone: true }, gone: true, left: { n: 2 } });
    expect(calls).toEqual([
      ['context.set', 'n', 2],
      ['context.delete', 'gone'],
    ]);
  });

  test('gives copies, so that changing one changes nothing else', async () => {
    const { value } = await run(
      `const list = agent.context.get('list'); list.push(9);
       const own = { a: 1 }; agent.context.set('own', own); own.a = 2; agent.context.get('own').a = 3;
       return [agent.context.get('list'), agent.context.get('own')]`,
      undefined,
      { context: { list: [1] } },
    );
    expect(value).toEqual([[1], { a: 1 }]);
  });

  test('is as before when the parent refuses a write', async () => {
    const { value } = await run(
      `try { await agent.context.set('k', 2) } catch (error) { return [error.code, agent.context.get('k')] }`,
      () => {
        throw new RuntimeError('CONTEXT_KEY_NOT_WRITABLE', 'no');
      },
      { context: { k: 1 } },
    );
    expect(value).toEqual(['CONTEXT_KEY_NOT_WRITABLE', 1]);
  });

  test('keys named like parts of objects are keys like any other', async () => {
    const { value } = await run(
      `agent.context.set('__proto__', 1); agent.context.set('constructor', 2);
       return [agent.context.get('__proto__'), Object.keys(agent.context.all()), agent.context.get('toString') === undefined]`,
    );
    expect(value).toEqual([1, ['__proto__', 'constructor'], true]);
  });
});

describe('a script run again with the same seed and answers', () => {
  const body = `
    const seen = [];
    for (let i = 0; i < 3; i++) {
      seen.push(Math.random(), agent.random(), Date.now(), agent.now(), +new Date(), String(new Date()));
      await agent.tool('t' + Math.floor(Math.random() * 1e9), { i });
    }
    await Promise.all([1, 2, 3].map(async (n) => { await agent.tool('p', { n }); await agent.emit('done' + n) }));
    return seen`;

  test('makes the same calls and sees the same time and chance', async () => {
    const [first, second] = [await run(body), await run(body)];
    expect(second).toEqual(first);
    expect(first.calls).toHaveLength(9);
  });

  test('sees other chance with another seed', async () => {
    const [first, second] = [await run(body), await run(body, undefined, { seed: 'other' })];
    expect(second.calls.slice(0, 3)).not.toEqual(first.calls.slice(0, 3));
  });

  test('has the time of the newest answer, and UTC', async () => {
    const { value } = await run(
      `const before = Date.now(); await agent.tool('a'); return [before, agent.now(), new Date().getTimezoneOffset()]`,
    );
    expect(value).toEqual([startedAt, startedAt + 1_000, 0]);
  });

  test('draws numbers of [0, 1) that are spread evenly', async () => {
    const { value } = await run(`let sum = 0, low = 1, high = 0;
      for (let i = 0; i < 20000; i++) { const n = Math.random(); sum += n; low = Math.min(low, n); high = Math.max(high, n) }
      return [sum / 20000, low, high]`);
    const [mean, low, high] = value as [number, number, number];
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    expect(low).toBeGreaterThanOrEqual(0);
    expect(low).toBeLessThan(0.001);
    expect(high).toBeLessThan(1);
    expect(high).toBeGreaterThan(0.999);
  });
});

describe('calls at the same time', () => {
  test('are made in the order of the text', async () => {
    const { calls } = await run(`await Promise.all([3, 1, 2].map((n) => agent.tool('t', { n })))`);
    expect(calls.map((call) => (call[2] as { n: number }).n)).toEqual([3, 1, 2]);
  });

  test('are answered in the order in which the parent settles them, and the script goes on between two', async () => {
    const first = Promise.withResolvers<Json>();
    const body = `const go = async (name) => { await agent.tool(name); await agent.emit('after ' + name) };
      await Promise.all([go('a'), go('b')])`;
    const { calls } = await run(body, (name, [what]) => {
      if (what === 'a') return first.promise;
      if (what === 'b') setImmediate(first.resolve, null);
      return name;
    });
    expect(calls.map((call) => call[1])).toEqual(['a', 'b', 'after b', 'after a']);
  });

  test('of several runs do not wait for one another', async () => {
    const held = Promise.withResolvers<Json>();
    const slow = run(`return await agent.tool('slow')`, () => held.promise);
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    const quick = await Promise.all(
      numbers.map((n) => run(`return await agent.tool('t', ${n})`, (_name, args) => args[1] as Json)),
    );
    expect(quick.map(({ value }) => value)).toEqual(numbers);
    held.resolve('at last');
    expect((await slow).value).toBe('at last');
  });

  test('that a script does not wait for are waited for when it returns', async () => {
    const { value, calls } = await run(`agent.emit('one').then(() => agent.emit('two')); return 'first'`);
    expect(value).toBe('first');
    expect(calls.map((call) => call[1])).toEqual(['one', 'two']);
  });
});

describe('a call that the parent refuses', () => {
  const deny: Answer = () => {
    throw new RuntimeError('POLICY_EGRESS_DENIED', 'The host evil.example is not listed.', { host: 'evil.example' });
  };

  test('can be caught, with its code, message and details', async () => {
    const { value } = await run(
      `try { await agent.tool('http_fetch') } catch (error) { return [error instanceof Error, error.code, error.message, error.details] }`,
      deny,
    );
    expect(value).toEqual([
      true,
      'POLICY_EGRESS_DENIED',
      'The host evil.example is not listed.',
      { host: 'evil.example' },
    ]);
  });

  test('ends the run with the same code, the place of the call and the first error as cause', async () => {
    const { job: made } = job(script(`\n\n  await agent.tool('http_fetch')`), deny);
    const error = await refusal(sandbox.run(made));
    expect(error.code).toBe('POLICY_EGRESS_DENIED');
    expect(error.message).toContain('The host evil.example is not listed.');
    expect(error.details).toMatchObject({ host: 'evil.example', line: 3 });
    expect(error.cause).toBeInstanceOf(RuntimeError);
    expect((error.cause as RuntimeError).details).toEqual({ host: 'evil.example' });
  });

  test('ends the run also when nobody waits for it', async () => {
    const { job: made, calls } = job(script(`agent.tool('a'); await agent.emit('b'); return 'fine'`), (name) =>
      name === 'tool' ? deny(name, []) : null,
    );
    expect((await refusal(sandbox.run(made))).code).toBe('POLICY_EGRESS_DENIED');
    expect(calls).toHaveLength(2);
  });

  test('does not end it when it is caught later', async () => {
    const { value } = await run(
      `const pending = agent.tool('a'); await agent.emit('b'); await agent.emit('c'); try { await pending } catch (e) { return e.code }`,
      (name) => (name === 'tool' ? deny(name, []) : null),
    );
    expect(value).toBe('POLICY_EGRESS_DENIED');
  });

  test('for no reason of ours is INTERNAL, and its text stays outside', async () => {
    const { job: made } = job(script(`await agent.tool('a')`), () => {
      throw new TypeError('cannot read /home/me/secret');
    });
    const error = await refusal(sandbox.run(made));
    expect(error.code).toBe('INTERNAL');
    expect(error.message).not.toContain('secret');
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test('with unwind: true ends the run unseen, with that very object', async () => {
    const park = { unwind: true, until: 5 };
    const { job: made, calls } = job(
      script(`try { await agent.ask('?') } catch { await agent.emit('caught') } finally { agent.emit('finally') }`),
      () => {
        throw park;
      },
    );
    await expect(sandbox.run(made)).rejects.toBe(park);
    await run(`return 1`);
    expect(calls).toEqual([['ask', '?']]);
  });
});

describe('an error of the script', () => {
  test('is SCRIPT_FAILED with its name and place', async () => {
    const { job: made } = job(script(`\n  const order = undefined;\n  return order.id`));
    const error = await refusal(sandbox.run(made));
    expect(error.code).toBe('SCRIPT_FAILED');
    expect(error.message).toMatch(/^TypeError: cannot read property 'id' of undefined \(script line 3, column \d+\)$/);
    expect(error.details).toMatchObject({ line: 3, column: expect.any(Number) });
  });

  test('is found after waiting, in functions, and at the top of the module', async () => {
    const later = job(
      script(`await agent.tool('a');\n  const check = () => { throw new RangeError('too much') };\n  check()`),
    ).job;
    expect((await refusal(sandbox.run(later))).details).toMatchObject({ line: 2 });
    const top = job(`const a = 1;\n\nnull.x;\nexport default () => a`).job;
    expect((await refusal(sandbox.run(top))).details).toMatchObject({ line: 3 });
  });

  test('in a promise that nobody waits for, or in a microtask, ends the run', async () => {
    const lost = job(script(`(async () => { await agent.tool('a'); throw new Error('unheard') })(); return 1`)).job;
    expect((await refusal(sandbox.run(lost))).message).toContain('unheard');
    const task = job(script(`queueMicrotask(() => { throw new Error('in a task') }); return 1`)).job;
    expect((await refusal(sandbox.run(task))).message).toContain('in a task');
  });

  test('may be anything that can be thrown', async () => {
    for (const [thrown, words] of [
      [`'text'`, 'text'],
      ['null', 'null'],
      ['undefined', 'undefined'],
      ['{ a: 1 }', '{"a":1}'],
      ['Symbol("s")', 'Symbol(s)'],
      ['Object.create(null)', '{}'],
      ['new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })', 'cannot be read'],
    ] as const) {
      const error = await refusal(sandbox.run(job(script(`throw ${thrown}`)).job));
      expect(error.code).toBe('SCRIPT_FAILED');
      expect(error.message).toContain(words);
    }
  });

  test('is told when it waits for what cannot happen', async () => {
    const error = await refusal(sandbox.run(job(script('await new Promise(() => {})')).job));
    expect(error.code).toBe('SCRIPT_FAILED');
    expect(error.message).toContain('can never happen');
  });

  test('is told when the value is no JSON', async () => {
    expect((await refusal(sandbox.run(job(script('return 1n')).job))).code).toBe('SCRIPT_FAILED');
    expect((await refusal(sandbox.run(job(script('const a = {}; a.a = a; return a')).job))).code).toBe('SCRIPT_FAILED');
  });
});

describe('what is no script', () => {
  test.each([
    [`export default async function run(event, agent) {\n  const x = ;\n}`, 2, 'unexpected token'],
    [`import fs from 'node:fs';\nexport default () => fs`, 1, 'cannot import'],
    [`const a = 1;\nexport * from './other.js';\nexport default () => a`, 2, 'cannot import'],
    [`async function run() {}`, undefined, 'default export'],
    [`export const run = () => {}`, undefined, 'default export'],
    [`export default () => 1\n}`, 2, ''],
    [`export default () => '${'x'.repeat(1_100_000)}'`, undefined, '1 MB'],
  ])('%.60s is refused by check and by run, with the line', async (code, line, words) => {
    for (const error of [await refusal(sandbox.check(code)), await refusal(sandbox.run(job(code).job))]) {
      expect(error.code).toBe('SCRIPT_INVALID');
      expect(error.message).toContain(words);
      expect(error.details['line']).toBe(line);
    }
  });

  test('a default export that is no function is refused when it runs', async () => {
    for (const code of ['export default 5', 'export default { run() {} }', `const name = 'default'; export { name }`]) {
      expect((await refusal(sandbox.run(job(code).job))).code).toBe('SCRIPT_INVALID');
    }
  });

  test('import() is refused in the same words, and can be caught', async () => {
    const error = await refusal(sandbox.run(job(script(`await import('node:fs')`)).job));
    expect(error.code).toBe('SCRIPT_INVALID');
    expect(error.message).toContain('"node:fs"');
    expect((await run(`try { await import('x') } catch { return 'caught' }`)).value).toBe('caught');
  });

  test('check runs nothing of a good script', async () => {
    await sandbox.check(`while (true) {}\nexport default () => 1`);
    await sandbox.check(script(`for (;;) await agent.emit('x')`));
  });
});

describe('a run that is cancelled', () => {
  test('rejects with RUN_CANCELLED at once and makes no further call', async () => {
    const controller = new AbortController();
    const { job: made, calls } = job(
      script(`await agent.sleep(1e9); await agent.emit('woke')`),
      () => new Promise(() => {}),
      { signal: controller.signal },
    );
    const ended = refusal(sandbox.run(made));
    await expect.poll(() => calls.length).toBe(1);
    controller.abort(new Error('a person said so'));
    const error = await ended;
    expect(error.code).toBe('RUN_CANCELLED');
    expect(error.cause).toMatchObject({ message: 'a person said so' });
    expect((await run('return 1')).value).toBe(1);
    expect(calls).toHaveLength(1);
  });

  test('before it began never begins', async () => {
    const { job: made, calls } = job(script(`await agent.emit('x')`), undefined, { signal: AbortSignal.abort() });
    expect((await refusal(sandbox.run(made))).code).toBe('RUN_CANCELLED');
    expect(calls).toEqual([]);
  });
});
