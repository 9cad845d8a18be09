import { expect, test } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import { readManifest } from '../../../src/shared/manifest.ts';

const problemsOf = (more: { [key: string]: Json }): string[] => {
  const reading = readManifest({ name: 'p', model: 'script', script: 'x', ...more });
  return reading.ok ? [] : reading.problems.map(({ path, message }) => `${path}: ${message}`);
};

test.each<[{ [key: string]: Json }, string]>([
  [{ model: [1] }, 'model: This must be a text or a mapping, not a list.'],
  [{ model: {} }, 'model.id: id is missing; it is a string.'],
  [{ model: { id: 5 } }, 'model.id: This must be a text, not a number.'],
  [{ models: [true] }, 'models[0]: This must be a text or a mapping, not true or false.'],
  [{ triggers: 'x' }, 'triggers: This must be a list, not a text.'],
  [{ triggers: [{ type: 'cronn' }] }, 'triggers[0].type: Use one of cron, webhook, file_watch, event, message.'],
  [{ triggers: [{ type: 'cron' }] }, 'triggers[0].cron_expression: cron_expression is missing; it is a string.'],
  [{ tools: { http_fetch: 'yes' } }, 'tools.http_fetch: This must be true or false or a mapping, not a text.'],
  [{ context: { file_mounts: { a: { path: 5 } } } }, 'context.file_mounts.a.path: This must be a text, not a number.'],
  [{ health: { cooldown: 'soon' } }, 'health.cooldown: use seconds, or text such as "500ms", "5m", "2h"'],
  [{ tool_timeout: [] }, 'tool_timeout: This must be a number or a text, not a list.'],
  [{ restart_policy: 'sometimes' }, 'restart_policy: Use one of never, on_failure, always.'],
  [{ version: 2 }, 'version: this version of the format is not known; write "1.0"'],
])('%j is refused with what would be accepted', (more, words) => {
  expect(problemsOf(more)).toEqual([words]);
});

test('no wrong type anywhere at the top is refused without saying what would be accepted', () => {
  const keys = ['model', 'models', 'triggers', 'servers', 'tools', 'context', 'memory', 'journal', 'budget', 'health'];
  const others = ['mission', 'secrets', 'approvals', 'hooks', 'inbox', 'config', 'world', 'tags', 'concurrency'];
  for (const key of [...keys, ...others])
    for (const value of [5, 'x', true, [[5]], null, { nothing: [] }])
      for (const problem of problemsOf({ [key]: value as Json })) expect(problem).not.toMatch(/Invalid|expected/);
});
