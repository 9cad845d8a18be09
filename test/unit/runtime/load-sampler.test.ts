import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type OsProcess, processTable, readPsLine, readStat } from '../../../src/main/agent/tools/process-table.ts';
import { LoadSampler, type StartedProgram, treeOf } from '../../../src/main/runtime/health/load-sampler.ts';
import { handRuntime } from '../../world/hand-runtime.ts';
import { script } from '../../world/make.ts';
import { until } from '../../world/until.ts';

const row = (pid: number, parent: number, more: Partial<OsProcess> = {}): OsProcess => ({
  pid,
  parent,
  group: pid,
  cpuMs: 0,
  residentBytes: 1_000,
  command: 'x',
  ...more,
});

/** A child that keeps a processor busy. */
async function busyChild(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); for (;;) {}'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  await once(child.stdout, 'data');
  return child.pid as number;
}

describe('the process table', () => {
  test.skipIf(process.platform === 'win32')('knows this process, its parent and its size', async () => {
    const own = (await processTable())?.find(({ pid }) => pid === process.pid);
    expect(own?.parent).toBe(process.ppid);
    const rss = process.memoryUsage.rss();
    expect(Math.abs((own?.residentBytes ?? 0) - rss)).toBeLessThan(rss / 2);
  });

  test('is read whatever a program calls itself, and without the dead', () => {
    const rest = '5 5 0 -1 4194304 0 0 0 0 150 50 0 0 20 0 1 0 100 999999 256 0';
    expect(readStat(`7 (a) b (c)) S 3 ${rest}`)).toMatchObject({
      pid: 7,
      parent: 3,
      command: 'a) b (c)',
      cpuMs: 2_000,
      residentBytes: 256,
    });
    expect(readStat(`7 (gone) Z 3 ${rest}`)).toBeUndefined();
    expect(readStat('')).toBeUndefined();
    expect(readPsLine('  501     1   501   2048   1-02:03:04 /Applications/My App')).toEqual({
      pid: 501,
      parent: 1,
      group: 501,
      residentBytes: 2_097_152,
      cpuMs: 93_784_000,
      command: '/Applications/My App',
    });
    expect(readPsLine('  9 1 9 10 0:01.50 node')).toMatchObject({ cpuMs: 1_500 });
  });
});

describe('what programs use', () => {
  test('is counted with all they started, and nothing twice', async () => {
    const own = process.pid;
    const table = [
      row(own, 1, { residentBytes: 10 }),
      row(20, own, { residentBytes: 100 }),
      row(21, 20, { group: 20, residentBytes: 200 }),
      // It left its parent but not the group.
      row(22, 1, { group: 20, residentBytes: 400 }),
      row(30, own, { residentBytes: 800, command: 'chrome' }),
      row(40, own, { residentBytes: 1_600 }),
    ];
    expect(
      treeOf(table, 20)
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual([20, 21, 22]);
    const programs: StartedProgram[] = [
      { kind: 'server', name: 'files', pid: 20, processes: ['a', 'b'] },
      { kind: 'browser', name: 'browser', looks: /chrom/, processes: ['a'] },
      { kind: 'server', name: 'ended', pid: 99, processes: ['a'] },
    ];
    const view = await new LoadSampler(
      Date.now,
      () => programs,
      async () => table,
    ).view();
    expect(view.programs).toMatchObject([
      { name: 'files', memoryBytes: 700, processes: ['a', 'b'] },
      { name: 'browser', pid: 30, memoryBytes: 800 },
      { name: 'ended', memoryBytes: 0 },
    ]);
    expect(view.node.memoryBytes).toBe(1_610);
  });

  test('is one reading for all who ask at once, and none while nobody asks', async () => {
    let readings = 0;
    const sampler = new LoadSampler(
      Date.now,
      () => [],
      async () => {
        readings++;
        return [row(process.pid, 1)];
      },
    );
    expect(readings).toBe(0);
    await Promise.all(Array.from({ length: 50 }, () => sampler.view()));
    await sampler.view();
    expect(readings).toBe(2);
  });

  test('is null where the system does not tell', async () => {
    const program: StartedProgram = { kind: 'sandbox', name: 's', pid: 5, processes: [] };
    const view = await new LoadSampler(
      Date.now,
      () => [program],
      async () => null,
    ).view();
    expect(view).toMatchObject({ node: { cpuPercent: null }, programs: [{ cpuPercent: null, memoryBytes: null }] });
  });

  test.skipIf(process.platform === 'win32')('tells a busy program from an idle one', async () => {
    const pid = await busyChild();
    const sampler = new LoadSampler(Date.now, () => [{ kind: 'server', name: 'busy', pid, processes: ['a'] }]);
    const { programs } = await sampler.view();
    expect(programs[0]?.cpuPercent).toBeGreaterThan(5);
    expect(programs[0]?.memoryBytes).toBeGreaterThan(10_000_000);
  });

  test.skipIf(process.platform === 'win32')('names the agent whose script works', async () => {
    const node = await handRuntime();
    const manifest = { version: '1.0', name: 'worker', ...script('for (;;) {}') };
    await node.api.createProcess({ manifest: manifest as never, start: true });
    await node.api.wakeProcess({ name: 'worker' });
    const found = await until(async () =>
      (await node.api.load({})).programs.find(({ processes }) => processes.includes('worker')),
    );
    expect(found).toMatchObject({ kind: 'sandbox' });
    expect(found.memoryBytes).toBeGreaterThan(1_000_000);
  });
});
