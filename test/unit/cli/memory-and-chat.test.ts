import { expect, onTestFinished, test } from 'vitest';
import { cli } from '../../world/cli.ts';
import { home } from '../../world/home.ts';
import { script } from '../../world/make.ts';
import { startNode } from '../../world/node-child.ts';

test('memory, chat, models and servers from the command line', async () => {
  const folder = home();
  const node = await startNode(folder);
  onTestFinished(() => node.kill());
  const manifest = { version: '1.0', name: 'echo', ...script(`return 'you said ' + event.payload.text;`) };
  await node.call('POST', '/processes', { manifest, start: true });
  const run = async (...argv: string[]) => {
    const { code, out, err } = await cli([...argv, '--data-dir', folder]);
    expect(err).toBe('');
    expect(code).toBe(0);
    return out;
  };
  expect(await run('chat', 'echo', 'ho')).toContain('you said ho');
  const id = (await run('memory', 'store', 'echo', 'the harbour opens at six', '--tags', '["hours"]')).trim();
  expect(await run('memory', 'search', 'echo', 'harbour')).toContain('the harbour opens at six');
  expect(await run('memory', 'list', 'echo')).toContain(id);
  expect(await run('memory', 'forget', 'echo', id)).toContain('forgotten');
  expect(await run('memory', 'list', 'echo')).not.toContain(id);
  const receipts = await run('memory', 'receipts', 'echo');
  expect(receipts).toMatch(/rct_\w+ .* 1 .* nowhere/);
  expect(await run('memory', 'check', 'echo', /rct_\w+/.exec(receipts)?.[0] ?? '')).toContain(
    'Nothing of it is found.',
  );
  await run('memory', 'purge', 'echo');
  expect(JSON.parse(await run('conversation', 'export', 'echo', '--json'))).toEqual({ messages: 0, text: '' });
  await run('context', 'window', 'echo');
  expect(JSON.parse(await run('models', '--json'))).toMatchObject({ configured: [] });
  expect(JSON.parse(await run('servers', 'list', '--json'))).toEqual({ items: [], next: null });
  expect(await run('node', 'budget')).toContain('no budget');
  await node.call('PATCH', '/node/budget', { changes: { max_runs_per_day: 7 } });
  expect(await run('node', 'budget')).toMatch(/max_runs_per_day\s+0\s+7 runs/);
  await node.call('PUT', '/node/notifications', { sinks: [{ id: 'here', type: 'log' }] });
  expect(await run('notifications', 'list')).toContain('here');
  expect(await run('notifications', 'test', 'here')).toContain('here was told');
  const tried = await cli(['models', '--try', 'nobody:x', '--data-dir', folder]);
  expect(tried.out).toContain('MODEL_UNKNOWN');
  expect(tried.code).not.toBe(0);
});
