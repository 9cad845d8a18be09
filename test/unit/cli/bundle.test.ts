import { readFileSync, statSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { RunBundle } from '../../../src/shared/run-bundle.ts';
import { cli } from '../../world/cli.ts';
import { home } from '../../world/home.ts';
import { script } from '../../world/make.ts';
import { startNode } from '../../world/node-child.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';
import { until } from '../../world/until.ts';

test('runs are saved as one file that only its owner reads, from the command line', async () => {
  const folder = home();
  const node = await startNode(folder);
  onTestFinished(() => node.kill());
  const manifest = { version: '1.0', name: 'teller', ...script("return 'told';") };
  await node.call('POST', '/processes', { manifest, start: true });
  for (const n of [1, 2]) await node.call('POST', '/processes/teller/wake', { payload: { n } });
  const ended = async () =>
    ((await node.call('GET', '/runs?state=done')).body as { items: { id: string }[] }).items.map(({ id }) => id);
  await until(async () => (await ended()).length === 2);
  const ids = await ended();
  const out = scratchFolder();
  const run = (...argv: string[]) => cli([...argv, '--data-dir', folder], { cwd: out });

  const both = JSON.parse((await run('bundle', ...ids, '--json')).out) as { path: string; runs: number };
  expect(both).toMatchObject({ runs: 2, path: expect.stringMatching(/2-runs\.run-bundle\.json$/) });
  const bundle = RunBundle.parse(JSON.parse(readFileSync(both.path, 'utf8')));
  expect(bundle.runs.map((one) => one.run.id)).toEqual(ids);
  if (process.platform !== 'win32') expect(statSync(both.path).mode & 0o777).toBe(0o600);

  expect((await run('bundle', ids[0] ?? '')).out).toMatch(/teller-.{8}\.run-bundle\.json\nLook through it/);
  expect((await run('bundle', 'run_unknown')).err).toContain('RUN_NOT_FOUND');
  expect((await run('bundle')).code).toBe(2);
});
