import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { Json } from '../../src/shared/json.ts';
import { escapeSnippets } from '../world/escapes.ts';
import { isAlive, job, openTestSandbox, script } from '../world/sandbox.ts';

const sandbox = openTestSandbox({ maxChildren: 1, cpuMs: 500 });
const folder = mkdtempSync(join(tmpdir(), 'agent-runtime-escape-'));
const mark = join(folder, 'escaped');
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const { effect, snippets } = escapeSnippets(mark);

describe('a script that tries to get out', () => {
  const before = Object.getOwnPropertyNames(Object.prototype);
  const globals = Object.getOwnPropertyNames(globalThis);

  afterEach(() => {
    expect(existsSync(mark)).toBe(false);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(globals);
  });

  test.each(snippets)('by %s reaches nothing', async (_name, body) => {
    const { job: made, calls } = job(script(body), (_call, [name]): Json => {
      if (name === 'refuse') throw new RuntimeError('TOOL_FAILED', 'refused', { why: { deep: [1] } });
      return { list: [{}] };
    });
    const ended = await sandbox.run(made).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if ('error' in ended) expect(ended.error).toBeInstanceOf(RuntimeError);
    for (const [name, first] of calls) {
      expect(['tool', 'emit', 'log', 'context.set']).toContain(name);
      expect(first).not.toBe('forged');
    }
    const told = 'error' in ended ? String(ended.error) : JSON.stringify(ended.value);
    expect(told).not.toMatch(/node:internal|\/agent\/sandbox\/|"forged"\]$/);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(await sandbox.run(job(script('return ({}).polluted ?? "clean"')).job)).toBe('clean');
  });

  test('would have left a mark with the process of a Node', () => {
    execFileSync(process.execPath, ['-e', effect]);
    expect(existsSync(mark)).toBe(true);
    rmSync(mark);
  });

  test('leaves the child it ran in as it was', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(70);
    expect(sandbox.started).toHaveLength(1);
    expect(isAlive(sandbox.started[0]?.pid)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });
});
