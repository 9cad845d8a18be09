import { findings } from './findings.ts';
import { expect, type Home, scriptAgent, test } from './window-test.ts';

test('an address without a code says how to get in, and one with a code lets the same tab in, also again', async ({
  home,
  page,
}) => {
  const code = async () => ((await home.node.call('POST', '/session/codes', {})).body as { url: string }).url;
  await page.goto(home.node.url);
  await expect(page.getByRole('heading', { name: 'Open the address printed at start again' })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.goto(await code());
  await expect(page.getByRole('heading', { name: 'Now' })).toBeVisible();
  await page.goto(`${await code()}&to=/agents`);
  await expect(page.getByRole('heading', { level: 1, name: 'Agents' })).toBeVisible();
  expect(page.url()).not.toContain('code=');
});

test('a code works once, leaves the address bar, and lasts for the tab', async ({ home, page, context }) => {
  const { body } = await home.node.call('POST', '/session/codes', {});
  const { url } = body as { url: string };
  await page.goto(url);
  await expect(page.getByRole('heading', { name: 'Now' })).toBeVisible();
  expect(page.url()).not.toContain('code=');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Now' })).toBeVisible();
  const other = await context.newPage();
  await other.goto(url);
  await expect(other.getByRole('alert')).toContainText('used already');
});

test('a node that goes away is told within two seconds', async ({ home, page }) => {
  await home.create(scriptAgent('alpha', 'return 1;'));
  await home.open(page, '/agents');
  await expect(page.getByRole('status').getByText('Live')).toBeVisible();
  await home.node.kill();
  await expect(page.getByText('Disconnected')).toBeVisible({ timeout: 2_000 });
  await expect(page.getByRole('alert')).toContainText('does not answer');
});

test('the sheet lists every key, and keys can be changed', async ({ home, page }) => {
  await home.open(page, '/settings/keys');
  await page.getByRole('button', { name: /Change the keys of Agents/ }).click();
  await page.keyboard.press('F8');
  await page.keyboard.press('F8');
  await expect(page.getByRole('heading', { level: 1, name: 'Agents' })).toBeVisible();
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(sheet).toContainText('f8');
  await expect(sheet.getByRole('listitem').filter({ hasText: 'Filter or choice 9' })).toBeVisible();
  await page.keyboard.press('Escape');

  const change = async (text: string, keys: string[]) => {
    await home.go(page, '/settings/keys');
    await page
      .getByRole('button', { name: `Change the keys of ${text}:` })
      .first()
      .focus();
    await page.keyboard.press('Enter');
    for (const key of keys) await page.keyboard.press(key);
  };
  await change('Costs', ['q', 'w']);
  await page.keyboard.press('q');
  await page.keyboard.press('w');
  await expect(page.getByRole('heading', { level: 1, name: 'Costs' })).toBeVisible();
  // Digits can be given to something else like any key.
  await change('Search and commands', ['Alt+1']);
  await page.keyboard.press('Alt+1');
  await expect(page.getByRole('dialog', { name: 'Search and commands' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /Search or run a command/ })).toContainText('Alt 1');
  await expect(
    page.getByText('“Search and commands” has these keys now, and “Screen 1: Now” no longer.'),
  ).toBeVisible();
  // Copying stays copying.
  await change('Search and commands', ['Control+c']);
  await expect(page.getByText(/Ctrl C stays what it is/)).toBeVisible();
  await page.getByRole('button', { name: 'Reset all', exact: true }).click();
  await page.keyboard.press('Control+2');
  await expect(page.getByRole('heading', { level: 1, name: 'Agents' })).toBeVisible();
});

test('what was chosen in the settings holds after a reload', async ({ home, page }) => {
  await home.open(page, '/settings/appearance');
  await page.getByRole('radio', { name: 'Dark' }).click();
  await page.getByRole('radio', { name: 'Compact' }).click();
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('html')).toHaveAttribute('data-density', 'compact');
});

async function furnished(home: Home): Promise<void> {
  const settings =
    'description: Looks at things.\ntags: [demo]\ntriggers:\n  - type: cron\n    cron_expression: "* * * * * *"\n  - type: event\n    event_type: orders.*\n';
  await home.create(
    scriptAgent(
      'watcher',
      "await agent.context.set('seen', 1);\nawait agent.emit('news.flash', { n: 1 });\nreturn 'seen';",
      settings,
    ),
  );
  await home.create(scriptAgent('asker', "return await agent.ask('Which colour?');"));
  await home.create(
    scriptAgent('stumbler', "throw new Error('no such account');", 'trigger_delivery:\n  max_retries: 0\n'),
  );
  for (const name of ['watcher', 'asker', 'stumbler']) await home.wake(name);
}

const places = [
  '/now',
  '/agents',
  '/agents/watcher',
  '/agents/watcher/design',
  '/agents/watcher/runs',
  '/agents/watcher/triggers',
  '/agents/watcher/context',
  '/agents/watcher/conversation',
  '/agents/watcher/letters',
  '/agents/watcher/memory',
  '/agents/watcher/files',
  '/agents/watcher/limits',
  '/agents/watcher/journal',
  '/agents/watcher/manifest',
  '/agents/watcher/versions',
  '/map',
  '/runs',
  '/inbox',
  '/schedule',
  '/memory',
  '/tools',
  '/tools/permissions',
  '/tools/secrets',
  '/tools/install',
  '/costs',
  '/cluster',
  '/templates',
  '/templates/pipeline-monitor',
  '/settings/appearance',
  '/settings/region',
  '/settings/keys',
  '/settings/notifications',
  '/settings/models',
  '/settings/node',
  '/settings/network',
  '/settings/retention',
  '/settings/health',
  '/new',
];

for (const [look, options] of Object.entries({
  'light and wide': { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  'dark and wide': { colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  'dark and narrow': { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
} as const)) {
  test.describe(`every screen, ${look},`, () => {
    test.use({ ...options, reducedMotion: 'reduce' } as Parameters<typeof test.use>[0]);
    test('has no serious finding for people who use it in other ways, and nothing is cut off', async ({
      home,
      page,
    }) => {
      test.setTimeout(420_000);
      await furnished(home);
      await home.open(page);
      for (const place of places) {
        await home.go(page, place);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
        expect.soft(await findings(page), place).toEqual([]);
        const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect.soft(wider, `${place} is wider than the window`).toBeLessThanOrEqual(0);
      }
    });
  });
}
