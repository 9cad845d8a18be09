import { cli } from '../../world/cli.ts';
import { expect, scriptAgent, test } from './window-test.ts';

const withinMs = 1_000;

test('two windows and the command line tell the same within a second', async ({ home, page, context }) => {
  await home.create(scriptAgent('alpha', "return 'did ' + event.payload.n;"));
  await home.open(page, '/agents');
  const other = await context.newPage();
  await home.open(other, '/runs');
  const node = ['--data-dir', home.dataDir];
  const told = async () => {
    const { out, err } = await cli(['ps', '--json', ...node]);
    expect(err).toBe('');
    const { items } = JSON.parse(out) as { items: { name: string; state: string }[] };
    return items.find(({ name }) => name === 'alpha')?.state;
  };
  await expect(page.getByRole('row', { name: /alpha/ }).getByText('Running')).toBeVisible();

  await home.wake('alpha', { n: 1 });
  await expect(other.getByRole('link', { name: 'did 1' })).toBeVisible({ timeout: withinMs });

  await page.getByRole('row', { name: /alpha/ }).hover();
  await page.getByRole('button', { name: 'Suspend alpha' }).click();
  await expect.poll(told, { timeout: withinMs, intervals: [100] }).toBe('suspended');

  await cli(['resume', 'alpha', ...node]);
  await expect(page.getByRole('row', { name: /alpha/ }).getByText('Running')).toBeVisible({ timeout: withinMs });
});

test('a node that is killed is told within two seconds; when it is back, nothing old is shown', async ({
  home,
  page,
}) => {
  await home.create(scriptAgent('alpha', 'return 1;'));
  await home.create(scriptAgent('beta', 'return 1;'));
  await home.open(page, '/agents');
  await expect(page.getByRole('row').getByText('Running')).toHaveCount(2);
  await home.node.kill();
  await expect(page.getByText('Disconnected')).toBeVisible({ timeout: 2_000 });
  await home.restart();
  await home.node.call('POST', '/processes/alpha/suspend', {});
  await home.node.call('DELETE', '/processes/beta');
  await expect(page.getByRole('status').getByText('Live')).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole('row', { name: /alpha/ }).getByText('Suspended')).toBeVisible();
  await expect(page.getByRole('row', { name: /beta/ })).toBeHidden();
  await expect(page.getByRole('alert')).toBeHidden();
});
