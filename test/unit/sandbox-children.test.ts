import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { sandboxChildModule, sandboxExecArgv } from '../../src/main/agent/sandbox/child-module.ts';
import type { SandboxOptions } from '../../src/main/agent/sandbox/sandbox.ts';
import type { Json } from '../../src/shared/json.ts';
import { isAlive, job, openTestSandbox, refusal, script, type TestSandbox } from '../world/sandbox.ts';
import { until } from '../world/until.ts';

const opened: TestSandbox[] = [];
const open = (options?: Partial<SandboxOptions>): TestSandbox => {
  const sandbox = openTestSandbox(options);
  opened.push(sandbox);
  return sandbox;
};
afterEach(async () => {
  for (const sandbox of opened.splice(0)) {
    await sandbox.close();
    for (const child of sandbox.started) expect(isAlive(child.pid)).toBe(false);
  }
});

const one = script('return 1');
/** A loop in the engine's own code, which its interrupts do not reach. */
const hang = script(`return 'a'.repeat(2e7).indexOf('a'.repeat(1e7) + 'b')`);
const never = (): Promise<Json> => new Promise(() => {});
const onLinux = process.platform === 'linux';

describe('children', () => {
  test('start with the first job and end when there is none for a while', async () => {
    const sandbox = open({ idleMs: 50 });
    expect(sandbox.children).toBe(0);
    expect(await sandbox.run(job(one).job)).toBe(1);
    expect(sandbox.children).toBe(1);
    await until(() => sandbox.children === 0);
    expect(isAlive(sandbox.started[0]?.pid)).toBe(false);
    expect(await sandbox.run(job(one).job)).toBe(1);
    expect(sandbox.started).toHaveLength(2);
  });

  test('stay while a script waits, however long it takes', async () => {
    const sandbox = open({ idleMs: 20 });
    await sandbox.run(job(one).job);
    const held = Promise.withResolvers<Json>();
    const waiting = sandbox.run(job(script(`return await agent.tool('t')`), () => held.promise).job);
    const other = open({ idleMs: 20 });
    await other.run(job(one).job);
    await until(() => other.children === 0);
    held.resolve('late');
    expect(await waiting).toBe('late');
  });

  test('are two when one has much to do, and no more', async () => {
    const sandbox = open();
    const held = Promise.withResolvers<Json>();
    const code = script(`return await agent.tool('t')`);
    const all = Array.from({ length: 40 }, () => sandbox.run(job(code, () => held.promise).job));
    expect(sandbox.children).toBe(2);
    held.resolve('done');
    expect(new Set(await Promise.all(all))).toEqual(new Set(['done']));
    expect(sandbox.started).toHaveLength(2);
  });

  test('share the work, so that a slow script holds up nobody', async () => {
    const sandbox = open({ cpuMs: 400 });
    const two = Array.from({ length: 20 }, () => sandbox.run(job(one).job));
    await Promise.all(two);
    expect(sandbox.children).toBe(2);
    const order: string[] = [];
    const slow = refusal(sandbox.run(job(script('for (;;) {}')).job)).then(() => order.push('slow'));
    for (let n = 0; n < 10; n += 1) await sandbox.run(job(one).job);
    order.push('quick');
    await slow;
    expect(order).toEqual(['quick', 'slow']);
  });

  test('take more jobs than they run at the same time', async () => {
    const sandbox = open({ maxChildren: 1 });
    const code = script(`return await agent.tool('t', event)`);
    let inHand = 0;
    let most = 0;
    const held = Promise.withResolvers<null>();
    const all = Array.from({ length: 300 }, (_, n) => {
      const answer = async (): Promise<Json> => {
        most = Math.max(most, ++inHand);
        await held.promise;
        inHand -= 1;
        return n;
      };
      return sandbox.run(job(code, answer, { event: n }).job);
    });
    await until(() => inHand === 250);
    held.resolve(null);
    expect(await Promise.all(all)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(most).toBe(250);
  });

  test('keep up with very many different scripts', async () => {
    const sandbox = open({ maxChildren: 1 });
    const filler = 'x'.repeat(100_000);
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 60; n += 1)
        expect(await sandbox.run(job(`export default () => ${n} /* ${filler} */`).job)).toBe(n);
    }
  });
});

describe('a child', () => {
  test.runIf(onLinux)('has no environment, and an empty folder that is gone afterwards', async () => {
    const sandbox = open();
    await sandbox.run(job(one).job);
    const pid = sandbox.started[0]?.pid;
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.split('=')[0]);
    expect(names.filter((name) => !name?.startsWith('NODE_CHANNEL_'))).toEqual([]);
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    expect(dirname(folder)).toBe(tmpdir());
    expect(basename(folder)).toMatch(/^agent-runtime-sandbox-/);
    await sandbox.close();
    expect(existsSync(folder)).toBe(false);
  });

  test('could reach no file and start nothing even without its engine', () => {
    const flags = sandboxExecArgv(sandboxChildModule());
    const attempt = (code: string): string =>
      execFileSync(
        process.execPath,
        [...flags, '-e', `try { ${code}; console.log('done') } catch (error) { console.log(error.code) }`],
        { env: {} },
      )
        .toString()
        .trim();
    expect(attempt(`require('fs').writeFileSync(${JSON.stringify(join(tmpdir(), 'agent-runtime-mark'))}, 'x')`)).toBe(
      'ERR_ACCESS_DENIED',
    );
    expect(attempt(`require('fs').readFileSync(${JSON.stringify(process.execPath)})`)).toBe('ERR_ACCESS_DENIED');
    expect(attempt(`require('child_process').execFileSync(process.execPath)`)).toBe('ERR_ACCESS_DENIED');
    expect(attempt(`new (require('worker_threads').Worker)('1', { eval: true })`)).toBe('ERR_ACCESS_DENIED');
    expect(attempt(`process.dlopen({ exports: {} }, 'x.node')`)).toMatch(/^ERR_/);
  });

  test('ends when its parent is gone', async () => {
    const module = sandboxChildModule();
    const child = fork(module, [String(64 * 1_048_576), '2000'], {
      execArgv: sandboxExecArgv(module),
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    expect((await once(child, 'message'))[0]).toBe('ready');
    child.disconnect();
    expect((await once(child, 'exit'))[0]).toBe(0);
  });

  test('that is killed takes its runs along, which may be tried again', async () => {
    const sandbox = open({ maxChildren: 1 });
    const { job: made, calls } = job(script(`return await agent.tool('t')`), never);
    const ended = refusal(sandbox.run(made));
    await until(() => calls.length === 1);
    sandbox.started[0]?.kill();
    const error = await ended;
    expect(error.code).toBe('SANDBOX_CRASHED');
    expect(error.retryable).toBe(true);
    expect(await sandbox.run(job(one).job)).toBe(1);
    expect(sandbox.started).toHaveLength(2);
  });

  test('that cannot be started is told', async () => {
    const broken = open({ childModule: join(dirname(sandboxChildModule()), 'no-such-module.ts') });
    expect((await refusal(broken.run(job(one).job))).code).toBe('SANDBOX_CRASHED');
    expect(broken.children).toBe(0);
  });
});

describe('a script that cannot be interrupted', () => {
  test('ends with its child, which is replaced; the others there may be tried again', async () => {
    const sandbox = open({ maxChildren: 1, cpuMs: 60, answerMs: 400 });
    const { job: other, calls } = job(script(`return await agent.tool('t')`), never);
    const bystander = refusal(sandbox.run(other));
    await until(() => calls.length === 1);
    const error = await refusal(sandbox.run(job(hang).job));
    expect(error.code).toBe('SCRIPT_LIMIT');
    expect((await bystander).code).toBe('SANDBOX_CRASHED');
    expect(await sandbox.run(job(one).job)).toBe(1);
    expect(sandbox.started).toHaveLength(2);
  });

  test('is found out when others were sent along with it', async () => {
    const sandbox = open({ maxChildren: 1, cpuMs: 60, answerMs: 400 });
    await sandbox.run(job(one).job);
    const two = script('return 2');
    const attempt = async (code: string): Promise<Json> => {
      const { job: made } = job(code);
      return sandbox.run(made).catch((error: { code: string }) => error.code);
    };
    const first = await Promise.all([attempt(hang), attempt(one), attempt(two)]);
    expect(new Set(first)).toEqual(new Set(['SANDBOX_CRASHED']));
    const outcomes: Record<string, Json> = {};
    for (let round = 0; round < 3; round += 1) {
      const inHand = [hang, one, two].filter((code) => (outcomes[code] ?? 'SANDBOX_CRASHED') === 'SANDBOX_CRASHED');
      await Promise.all(inHand.map(async (code) => (outcomes[code] = await attempt(code))));
    }
    expect(outcomes).toEqual({ [hang]: 'SCRIPT_LIMIT', [one]: 1, [two]: 2 });
  });

  test('is not taken for one when many scripts use all their time', async () => {
    const sandbox = open({ maxChildren: 1, cpuMs: 300, answerMs: 1_500 });
    const errors = await Promise.all(
      Array.from({ length: 6 }, () => refusal(sandbox.run(job(script('for (;;) {}')).job))),
    );
    expect(errors.map((error) => error.code)).toEqual(Array.from({ length: 6 }, () => 'SCRIPT_LIMIT'));
    expect(sandbox.started).toHaveLength(1);
  });
});

describe('close', () => {
  test('ends what runs, what waits and every child', async () => {
    const sandbox = open({ maxChildren: 1 });
    const { job: made, calls } = job(script(`await agent.tool('t')`), never);
    const running = refusal(sandbox.run(made));
    await until(() => calls.length === 1);
    const starting = refusal(sandbox.run(job(one).job));
    await sandbox.close();
    expect((await running).code).toBe('NODE_CLOSING');
    expect((await starting).code).toBe('NODE_CLOSING');
    expect(sandbox.children).toBe(0);
    expect(isAlive(sandbox.started[0]?.pid)).toBe(false);
  });

  test('also while a child starts, or is stuck', async () => {
    const starting = open();
    const early = refusal(starting.run(job(one).job));
    await starting.close();
    expect((await early).code).toBe('NODE_CLOSING');
    const stuck = open();
    await stuck.run(job(one).job);
    const hung = refusal(stuck.run(job(hang).job));
    await stuck.close();
    expect((await hung).code).toBe('NODE_CLOSING');
  });

  test('is the end: later jobs are refused, closing twice is fine', async () => {
    const sandbox = open();
    await sandbox.close();
    await sandbox.close();
    expect((await refusal(sandbox.run(job(one).job))).code).toBe('NODE_CLOSING');
    expect((await refusal(sandbox.check(one))).code).toBe('NODE_CLOSING');
    expect(sandbox.started).toHaveLength(0);
  });
});
