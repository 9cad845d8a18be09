import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RunBrief } from '../../src/shared/views/views.ts';
import { cli } from '../world/cli.ts';
import { home } from '../world/home.ts';
import { startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/first-agent.md'), 'utf8');
const [manifest = '', withModel = ''] = [...guide.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = '']) => yaml);

test('the first agent of the guide reads notes, remembers them, and catches up on those of the time it was dead', async () => {
  const folder = home();
  const person = home();
  const notes = join(person, 'notes');
  mkdirSync(notes);
  const at = ['--data-dir', folder];
  const env = { HOME: person };
  let node = await startNode(folder, { env });
  onTestFinished(() => node.kill());
  const file = join(person, 'reading-list.agent');
  writeFileSync(file, manifest);
  expect(await cli(['validate', file, ...at], { env })).toMatchObject({ code: 0, err: '' });
  expect((await cli(['load', file, '--start', ...at])).out).toBe('created: reading-list');

  const outputs = async () =>
    ((await node.call('GET', '/runs?process=reading-list&state=done')).body as { items: RunBrief[] }).items.map(
      ({ output }) => output,
    );
  const says = (text: string) => until(async () => (await outputs()).includes(text));
  writeFileSync(join(notes, 'tea.txt'), 'Tea: 80 degrees, three minutes\n');
  await says('Tea: 80 degrees, three minutes is new to me');
  writeFileSync(join(notes, 'green.txt'), 'Green tea: 70 degrees\n');
  await says('Green tea: 70 degrees reminds me of tea.txt: Tea: 80 degrees, three minutes');
  const woken = await cli(['wake', 'reading-list', '--wait', ...at]);
  expect(woken.out).toContain('Put a text file into the folder of notes');

  await node.kill();
  writeFileSync(join(notes, 'black.txt'), 'Black tea: 95 degrees\n');
  node = await startNode(folder, { env });
  await until(async () => (await outputs()).some((output) => String(output).startsWith('Black tea')));
  expect((await cli(['memory', 'search', 'reading-list', 'tea', ...at])).out.split('\n')).toHaveLength(4);
  expect((await cli(['budget', 'reading-list', ...at])).out).toMatch(/max_runs_per_day .* 200$/m);

  // With a model in the place of the script it is still the same agent.
  writeFileSync(file, withModel);
  expect((await cli(['load', file, ...at])).out).toBe('updated: reading-list');
}, 60_000);
