import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkManifest } from '../../../src/main/runtime/manifests/manifest.ts';

const root = join(import.meta.dirname, '../../..');

/** What each example says when it has run to its end. */
const says: Record<string, RegExp> = {
  'data-watcher': /^data-watcher is running\ndata-watcher is stopped\n$/,
  'three-agents': /^loaded pipeline-monitor; 0 could not be\nresponder: {"metric":"disk","action":"restarted"}\n$/,
  'ask-an-agent': /^words: 7\n$/,
  'survive-a-crash': /^after the restart it is running, and knows 41\n\d+ entries give the same: 41\n$/,
};

test('every example is known here', () => {
  const examples = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.ts'));
  expect(examples.sort()).toEqual(
    Object.keys(says)
      .map((name) => `${name}.ts`)
      .sort(),
  );
});

test.each(Object.keys(says))('the example %s runs to its end without a key', (name) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, 'scripts/example.mjs'), name], {
    encoding: 'utf8',
    env: { ...process.env, MODEL: '', OPENAI_API_KEY: '' },
  });
  expect({ stdout, stderr, status }).toEqual({
    stdout: expect.stringMatching(says[name] ?? ''),
    stderr: '',
    status: 0,
  });
});

test('the agent file of the examples is right as it stands', () => {
  expect(checkManifest(readFileSync(join(root, 'examples/agents/monitor.agent'), 'utf8'))).toMatchObject({
    valid: true,
    name: 'pipeline-monitor',
    warnings: [],
  });
});
