import { expect, onTestFinished, test } from 'vitest';
import { cli } from '../../world/cli.ts';
import { home } from '../../world/home.ts';
import { script } from '../../world/make.ts';
import { startNode } from '../../world/node-child.ts';
import { until } from '../../world/until.ts';

test('versions from the command line: listed, shown, compared, and put in force again', async () => {
  const folder = home();
  const node = await startNode(folder);
  onTestFinished(() => node.kill());
  const manifest = {
    version: '1.0',
    name: 'learner',
    execution_mode: 'open',
    instructions: 'As written.',
    ...script(`return agent.tool('modify_instructions', { new_instructions: 'As learned.' });`),
  };
  await node.call('POST', '/processes', { manifest, start: true });
  await node.call('POST', '/processes/learner/wake', {});
  await until(async () => ((await node.call('GET', '/processes/learner')).body as { version: number }).version === 2);
  const run = async (...argv: string[]) => {
    const { code, out, err } = await cli([...argv, '--data-dir', folder]);
    expect([code, err]).toEqual([0, '']);
    return out;
  };
  const listed = await run('versions', 'learner');
  expect(listed).toMatch(/2 \* +\S.* agent, run_\w+ +it rewrote its instructions +~instructions/);
  expect(listed).toMatch(/1 w +\S.* created/);
  expect(await run('versions', 'show', 'learner', 'written')).toContain('As written.');
  expect(await run('versions', 'diff', 'learner', 'written')).toBe(
    '~ instructions\n    was As written.\n    is  As learned.',
  );
  expect(await run('versions', 'diff', 'learner', 'present', '2')).toContain('They mean the same.');
  expect(await run('versions', 'restore', 'learner', 'written')).toContain('learner has version 3 now');
  expect(JSON.parse(await run('versions', 'learner', '--json'))).toMatchObject({
    items: [{ id: '3', reason: 'version 1 was restored', present: true, written: true }, { id: '2' }, { id: '1' }],
  });
  const missing = await cli(['versions', 'show', 'learner', '9', '--data-dir', folder]);
  expect(missing.err).toContain('VERSION_NOT_FOUND');
});
