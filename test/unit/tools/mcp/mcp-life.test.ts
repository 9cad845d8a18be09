import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/main/lib/clock.ts';
import { until } from '../../../world/until.ts';
import { refusal, toolCall } from '../tool-call.ts';
import { faultyServer, McpBench, use } from './mcp-bench.ts';

const signal = () => new AbortController().signal;
let bench: McpBench;
beforeEach(async () => {
  bench = await McpBench.open();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  expect(bench.left()).toEqual([]);
});
const status = async () => (await bench.pool.status())[0];

describe('the processes of servers', () => {
  test('twenty that ignore every signal and the end of stdin leave none behind', async () => {
    const boxes = Array.from({ length: 20 }, (_, index) =>
      bench.toolbox({ [`s${index}`]: bench.faulty(['ignore-signals', `n${index}`]) }),
    );
    await Promise.all(boxes.map((box) => box.ready(signal())));
    expect(bench.left()).toHaveLength(20);
    await bench.pool.close();
    expect(bench.left()).toEqual([]);
  });

  test('children go with their server, also stubborn ones and such that left its group', async () => {
    const box = bench.toolbox({ parent: bench.faulty(['with-child', 'with-escaped-child']) });
    await box.ready(signal());
    await until(() => bench.left().length === 3);
    box.close();
    await until(() => bench.left().length === 0);
  });

  test('children go also when the server ends by itself', async () => {
    const box = bench.toolbox({ parent: bench.faulty(['with-child', 'with-escaped-child']) });
    await box.ready(signal());
    await until(() => bench.left().length === 3);
    await refusal(() => use(box, 'parent.die-after'));
    await until(() => bench.left().length === 0);
  });

  test('a pool that is closed in the middle of a start ends that start', async () => {
    const box = bench.toolbox({ slow: bench.faulty(['silent', 'ignore-signals'], { startTimeout: 60 }) });
    const pending = box.ready(signal());
    await until(() => bench.left().length === 1);
    await bench.pool.close();
    expect((await pending)[0]?.error.code).toBe('MCP_UNAVAILABLE');
    expect(bench.left()).toEqual([]);
    expect((await refusal(() => use(box, 'slow.echo', { text: 'x' }))).code).toBe('NODE_CLOSING');
  });

  test('whoever waited for a start and was cancelled does not hold it up for others', async () => {
    const box = bench.toolbox({ faulty: bench.faulty() });
    const cancel = new AbortController();
    const gone = refusal(() => use(box, 'faulty.echo', { text: 'a' }, toolCall({ signal: cancel.signal })));
    const stays = use(box, 'faulty.echo', { text: 'b' });
    cancel.abort(new Error('cancelled'));
    await gone.catch(() => {});
    expect((await stays).content).toBe('b');
  });

  test('what a node left behind when it was killed is ended by its next life', async () => {
    const script = fileURLToPath(new URL('die-with-servers.ts', import.meta.url));
    const dead = await promisify(execFile)(process.execPath, [script, bench.owner, faultyServer, bench.ledger]).catch(
      (thrown) => thrown,
    );
    expect(dead.signal).toBe('SIGKILL');
    expect(bench.left()).toHaveLength(1);
    expect(await bench.pool.sweep()).toBe(1);
    await until(() => bench.left().length === 0);
  });

  test('a node that exits takes its servers along', async () => {
    const script = fileURLToPath(new URL('die-with-servers.ts', import.meta.url));
    await promisify(execFile)(process.execPath, [script, bench.owner, faultyServer, bench.ledger, 'exit']);
    await until(() => bench.left().length === 0);
  });
});

describe('the life of a server', () => {
  test('equal settings share one server, until the last user has gone', async () => {
    const one = bench.toolbox({ a: bench.faulty() }, {}, 'first');
    const two = bench.toolbox({ b: bench.faulty() }, {}, 'second');
    const other = bench.toolbox({ c: bench.faulty(['different']) }, {}, 'third');
    await Promise.all([one, two, other].map((box) => box.ready(signal())));
    expect(bench.left()).toHaveLength(2);
    expect(await status()).toMatchObject({ names: ['a', 'b'], users: ['first', 'second'] });
    one.close();
    expect((await use(two, 'b.echo', { text: 'still' })).content).toBe('still');
    two.close();
    await until(() => bench.left().length === 1);
    expect(await bench.pool.status()).toHaveLength(1);
  });

  test('a new definition takes the server over from the old one', async () => {
    const old = bench.toolbox({ a: bench.faulty() });
    await old.ready(signal());
    const next = bench.toolbox({ a: bench.faulty() });
    await next.ready(signal());
    old.close();
    expect((await use(next, 'a.echo', { text: 'same' })).content).toBe('same');
    expect((await status())?.starts).toBe(1);
  });

  test('a new definition that nothing has run by takes it over as well', async () => {
    const old = bench.toolbox({ a: bench.faulty(), gone: bench.faulty(['other']) });
    await old.ready(signal());
    expect(old.joined).toEqual(['a', 'gone']);
    const next = bench.toolbox({ a: bench.faulty(), late: bench.faulty(['later']) });
    await next.join(old.joined);
    old.close();
    expect(next.joined).toEqual(['a']);
    expect(next.tools.some(({ name }) => name === 'a.echo')).toBe(true);
    expect((await status())?.starts).toBe(1);
  });

  test('is ended when it was idle, its tools stay known, and it comes back when called', async () => {
    const box = bench.toolbox({ faulty: bench.faulty([], { idleAfter: '50ms' }) });
    await box.ready(signal());
    await until(() => bench.left().length === 0);
    expect(await status()).toMatchObject({ state: 'stopped', pid: null });
    expect(box.tools.map(({ name }) => name)).toContain('faulty.echo');
    expect((await use(box, 'faulty.echo', { text: 'again' })).content).toBe('again');
    expect((await status())?.starts).toBe(2);
  });

  test('is not ended while a call is under way', async () => {
    const box = bench.toolbox({ faulty: bench.faulty([], { idleAfter: '50ms' }) });
    expect((await use(box, 'faulty.slow')).content).toBe('finished');
  });

  test('one failure at the start is waited out', async () => {
    const box = bench.toolbox({ faulty: bench.faulty(['exit-once']) });
    expect((await box.ready(signal()))[0]?.error.code).toBe('MCP_UNAVAILABLE');
    expect((await use(box, 'faulty.echo', { text: 'now' })).content).toBe('now');
  });

  test('one that keeps failing is tried ever less often, and says when', async () => {
    let elapsedMs = 0;
    await bench[Symbol.asyncDispose]();
    bench = await McpBench.open({ clock: { ...systemClock, elapsed: () => elapsedMs } });
    const box = bench.toolbox({ broken: bench.faulty(['exit-at-start']) });
    const starts = async () => (await status())?.starts ?? 0;
    // With full jitter each wait is anything up to its most: over many minutes the starts must still be few.
    let refused: string | undefined;
    for (; elapsedMs < 30 * 60_000; elapsedMs += 5_000) {
      const [problem] = await box.ready(AbortSignal.timeout(1));
      if (problem?.error.message.includes('is started again in')) refused = problem.error.message;
      await until(async () => (await status())?.state !== 'starting');
      if ((await starts()) > 12) break;
    }
    expect(refused).toMatch(/^Server "broken" is started again in \d+ s\. It failed with: .*no configuration found/);
    expect(elapsedMs).toBeGreaterThan(60_000);
  });

  test('more servers than a node may have are refused', async () => {
    await bench[Symbol.asyncDispose]();
    bench = await McpBench.open({ maxServers: 2 });
    const boxes = ['a', 'b', 'c'].map((mode) => bench.toolbox({ [mode]: bench.faulty([mode]) }));
    await boxes[0]?.ready(signal());
    await boxes[1]?.ready(signal());
    expect((await boxes[2]?.ready(signal()))?.[0]?.error.message).toContain('2 servers run already');
    boxes[0]?.close();
    await until(async () => (await boxes[2]?.ready(signal()))?.length === 0);
  });
});
