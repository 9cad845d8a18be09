import { expect, onTestFinished, test } from 'vitest';
import { cli } from '../../world/cli.ts';
import { home } from '../../world/home.ts';
import { script } from '../../world/make.ts';
import { startNode } from '../../world/node-child.ts';
import { until } from '../../world/until.ts';

test('schedules, pauses, costs, messages and topics from the command line', async () => {
  const folder = home();
  const node = await startNode(folder);
  onTestFinished(() => node.kill());
  const run = async (...argv: string[]) => {
    const { code, out, err } = await cli([...argv, '--data-dir', folder]);
    expect(err).toBe('');
    expect(code).toBe(0);
    return out;
  };
  const triggers = [{ type: 'cron', cron_expression: '0 6 * * *', cron_timezone: 'UTC' }];
  const manifest = { version: '1.0', name: 'daily', ...script('return 1;'), triggers };
  await node.call('POST', '/processes', { manifest, start: true });
  expect(await run('schedule')).toMatch(/daily +cron +planned/);
  expect(await run('schedule', 'daily', '--from', '2020-01-01', '--to', '2020-01-02')).toContain('No schedule');
  const wrong = await cli(['schedule', '--from', 'soon', '--data-dir', folder]);
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('"soon" is no time') });
  expect(await run('forecast')).toMatch(/daily +7 +0 +- +-/);
  expect(await run('pauses', 'list')).toContain('Nothing is paused');
  const windows = [{ id: 'nights', title: 'Nights', start: '05:00', end: '07:00', zone: 'UTC' }];
  expect(await run('pauses', 'set', JSON.stringify(windows))).toMatch(
    /nights +Nights +05:00 to 07:00 \(UTC\) every day/,
  );
  expect(await run('schedule')).toMatch(/daily +cron +paused +the pause window “Nights”/);
  const listed = JSON.parse(await run('pauses', 'list', '--json')) as { windows: unknown };
  expect(await run('pauses', 'set', JSON.stringify(listed.windows))).toContain('nights');
  const refused = await cli(['pauses', 'set', '[{"id":"x"}]', '--data-dir', folder]);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('REQUEST_INVALID') });
  await run('wake', 'daily');
  await until(async () => /daily +1 /.test(await run('costs')));
  expect(await run('costs')).toMatch(/all +1 +0 +0 +\$0\.00/);
  const nextYear = new Date().getFullYear() + 1;
  const once = (await run('wake', 'daily', '--at', `${nextYear}-01-01T09:00`)).trim();
  expect(await run('move-event', once, `${nextYear}-01-01T10:30`)).toContain(`${once} begins at `);
  expect(await cli(['move-event', once, '2020-01-01', '--data-dir', folder])).toMatchObject({
    code: 1,
    err: expect.stringContaining('REQUEST_INVALID'),
  });
  const id = (await run('messages', 'send', 'orders', '{"n":1}')).trim();
  expect(await run('messages', 'list', '--topic', 'orders')).toMatch(new RegExp(`${id} +orders .* \\{"n":1\\}`));
  expect(await run('topics')).toMatch(/orders +1 +0 +0/);
  expect(await run('messages', 'cancel', id)).toContain(`${id} is `);
  const again = (await run('messages', 'resend', id)).trim();
  expect(again).not.toBe(id);
  expect(await run('topics')).toMatch(/orders +1 +0/);
});
