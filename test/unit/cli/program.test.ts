import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };

const program = join(import.meta.dirname, '../../../scripts/agent-runtime.mjs');
const cwd = mkdtempSync(join(tmpdir(), 'agent-runtime-cli-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...argv: string[]) =>
  spawnSync(process.execPath, [program, ...argv], {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, AGENT_RUNTIME_HOME: cwd },
  });

test('the program runs from any folder, and its exit code says how it went', () => {
  expect(run('version')).toMatchObject({ status: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  expect(run('nonsense')).toMatchObject({ status: 2, stdout: '' });
  expect(run('ps')).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining('No node runs on') });
});

test('a reader that has seen enough is no failure', async () => {
  const child = spawn(process.execPath, [program, 'completion', 'zsh'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdout.once('readable', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect([code, err]).toEqual([0, '']);
});

test('a node that is started with what it does not know says what it takes', () => {
  const headless = join(import.meta.dirname, '../../../src/main/headless.ts');
  const start = (...argv: string[]) => spawnSync(process.execPath, [headless, ...argv], { encoding: 'utf8', cwd });
  expect(start('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--data-dir <folder>') });
  const refused = start('--prot', '5');
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^REQUEST_INVALID: Unknown option '--prot'\.\n.*--port <number>/s);
});
