import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { cli } from '../../world/cli.ts';

const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

async function script(shell: string): Promise<string> {
  const { code, out } = await cli(['completion', shell]);
  expect(code).toBe(0);
  return out;
}

/** What bash would offer for the last word. */
async function offered(...words: string[]): Promise<string[]> {
  const line = `${await script('bash')}
COMP_WORDS=(agent-runtime ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
_agent_runtime; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', line], { encoding: 'utf8', cwd: '/proc/self/fdinfo' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter(Boolean);
}

describe.runIf(has('bash'))('bash', () => {
  test('completes commands', async () => {
    expect(await offered('sus')).toEqual(['suspend']);
    expect(await offered('')).toContain('ps');
  });

  test('completes the second word of a command', async () => {
    expect(await offered('context', 'h')).toEqual(['history']);
    expect(await offered('token', 're')).toEqual(['revoke']);
  });

  test('completes flags of the command, and those of all', async () => {
    expect(await offered('wake', 'a', '--i')).toEqual(['--idempotency-key']);
    expect(await offered('token', 'create', 'x', '--s')).toEqual(['--scope']);
    expect(await offered('ps', '--da')).toEqual(['--data-dir']);
  });

  test('completes what a flag takes', async () => {
    expect(await offered('journal', 'a', '--order', '')).toEqual(['asc', 'desc']);
    expect(await offered('inbox', '--state', 'an')).toEqual(['answered']);
  });
});

test.runIf(has('zsh'))('zsh reads its script', async () => {
  const { status, stderr } = spawnSync('zsh', ['-n', '-c', await script('zsh')], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test.runIf(has('fish'))('fish reads its script', async () => {
  const { status, stderr } = spawnSync('fish', ['-n', '-c', await script('fish')], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test('the scripts of zsh and fish name every command', async () => {
  for (const shell of ['zsh', 'fish']) {
    const text = await script(shell);
    for (const word of ['ps', 'wake', 'context', 'history', 'idempotency-key', 'data-dir'])
      expect(text).toContain(word);
  }
});
