import { findings } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

test('an agent drawn on the canvas, with a schedule said in words, fires', async ({ home, page }) => {
  await home.open(page, '/new');
  await page.getByLabel('Name').fill('drawn');
  await page.getByRole('toolbar', { name: 'Add a trigger' }).getByRole('button', { name: 'Schedule' }).click();
  await page.getByLabel('Say when').fill('every 2 seconds');
  await expect(page.getByText('*/2 * * * * *')).toBeVisible();
  await page.getByRole('button', { name: 'Use', exact: true }).click();
  await expect(page.getByRole('list', { name: 'Next five times' }).getByRole('listitem')).toHaveCount(5);
  await expect(page.locator('.react-flow__node').getByText('Every 2 seconds')).toBeVisible();
  await page.getByRole('button', { name: 'Create and start' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'drawn' })).toBeVisible();
  await expect(page.getByRole('main').getByText(/Woken by cron, for the 2/)).toBeVisible({ timeout: 15_000 });
});

test('the same by keyboard alone, through the list of its parts', async ({ home, page }) => {
  await home.open(page, '/agents');
  await page.keyboard.press('Control+Shift+A');
  await expect(page.getByRole('heading', { level: 1, name: 'New agent' })).toBeVisible();
  await page.getByRole('radio', { name: 'List' }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('toolbar', { name: 'Add a trigger' }).getByRole('button', { name: 'Webhook' }).focus();
  await page.keyboard.press('Enter');
  const path = page.getByRole('textbox', { name: 'Path' });
  await path.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('/typed');
  await expect(
    page.getByRole('navigation', { name: 'Parts of the agent' }).getByRole('button', { name: /typed/ }),
  ).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create and start' })).toBeEnabled();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'new-agent' })).toBeVisible();
  const answer = await home.node.call('POST', '/hooks/new-agent/typed', { hello: 1 });
  expect(answer.status).toBe(202);
  await expect(page.getByRole('main').getByText(/Woken by webhook/)).toBeVisible({ timeout: 15_000 });
});

test('a trigger is added by a sentence, on the drawing and on the page of triggers', async ({ home, page }) => {
  await home.create(scriptAgent('told', 'return 1;'));
  await home.open(page, '/agents/told/design');
  await page.getByRole('button', { name: 'Say what wakes it' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('when a CSV lands in ./inbox');
  const dialog = page.getByRole('dialog', { name: 'Add a trigger by a sentence' });
  await expect(dialog.getByRole('status')).toHaveText('File watch: *.csv in ./inbox');
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.locator('.react-flow').getByText('*.csv in ./inbox')).toBeVisible();
  await expect(page.getByLabel('Folder', { exact: false }).first()).toHaveValue('./inbox');

  await home.go(page, '/agents/told/triggers');
  await page.getByRole('button', { name: 'Add a trigger' }).click();
  const form = page.getByRole('dialog', { name: 'Add a trigger to told' });
  await form.getByLabel('Say what wakes it').fill('when orders.created comes from shop');
  await page.keyboard.press('Enter');
  await expect(form.getByRole('button', { name: 'Event' })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('“told” has a new trigger.')).toBeVisible();
  const { body } = await home.node.call('GET', '/processes/told');
  expect((body as { triggers: { config: object }[] }).triggers[0]?.config).toMatchObject({
    event_type: 'orders.created',
    event_source: 'shop',
  });
});

test('a trigger is tried from its form, as it is in force', async ({ home, page }) => {
  const settings = 'triggers:\n  - id: orders\n    type: webhook\n    webhook_path: /orders\n';
  await home.create(scriptAgent('tried', "return event.trigger + ' ' + event.payload.n;", settings));
  await home.open(page, '/agents/tried/design?select=trigger:0');
  await page.getByRole('toolbar', { name: 'Add a trigger' }).getByRole('button', { name: 'Event' }).click();
  await page.locator('.react-flow__node').filter({ hasText: 'orders' }).first().click();
  const pane = page.getByRole('complementary', { name: 'Settings of the part' });
  const button = pane.getByRole('button', { name: 'Test with…' });
  await expect(button).toBeDisabled();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(button).toBeEnabled();
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Run tried now' });
  await dialog.getByRole('textbox', { name: 'Payload, as JSON' }).fill('{"n": 5}');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('orders 5').first()).toBeVisible({ timeout: 15_000 });
});

test('a trigger can be dragged onto the drawing, taken back and brought again', async ({ home, page }) => {
  await home.create(scriptAgent('drawn', 'return 1;'));
  await home.open(page, '/agents/drawn/design');
  const canvas = page.locator('.react-flow');
  await expect(canvas.getByText('Nothing wakes it yet')).toBeVisible();
  await page.getByRole('button', { name: 'Event' }).dragTo(canvas);
  const trigger = canvas.getByText('pipeline.alert');
  await expect(trigger).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(trigger).toBeHidden();
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(trigger).toBeVisible();
  await page.getByRole('button', { name: 'Review and apply' }).click();
  await expect(page.getByRole('dialog').getByRole('region', { name: 'Changes' })).toContainText(
    'event_type: pipeline.alert',
  );
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Version 2')).toBeVisible();
});

const commented = `# Why it is here.\n${scriptAgent('noted', 'return 1;', 'concurrency: 1 # strictly in order\n')}`;

test('what a form changes stands in the text, with every comment where it was', async ({ home, page }) => {
  await home.create(commented);
  await home.open(page, '/agents/noted/design');
  await page.locator('.react-flow__node').getByText('Queue').click();
  await page.getByRole('spinbutton', { name: /Runs at the same time/ }).fill('3');
  await page.getByRole('navigation', { name: 'Parts of noted' }).getByRole('link', { name: 'Manifest' }).click();
  const text = page.getByRole('textbox', { name: 'Manifest of noted' });
  await expect(text).toContainText('# Why it is here.');
  await expect(text).toContainText('concurrency: 3 # strictly in order');
});

test('text is checked while it is written, at its line, and only what is right can be applied', async ({
  home,
  page,
}) => {
  await home.create(commented);
  await home.open(page, '/agents/noted/manifest');
  const text = page.getByRole('textbox', { name: 'Manifest of noted' });
  await expect(text).toContainText('name: noted');
  await text.click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('concurency: 2\n');
  await expect(page.getByRole('list', { name: 'Problems' })).toContainText(
    'Line 1: concurency There is no setting called concurency here. Did you mean concurrency?',
  );
  await expect(page.getByRole('button', { name: 'Review and apply' })).toBeDisabled();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.type('description: Said in the text.\n');
  await expect(page.getByRole('button', { name: 'Review and apply' })).toBeEnabled();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('dialog')).toContainText('description: Said in the text.');
  await page.getByLabel('Why').fill('say what it is for');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('Said in the text.').first()).toBeVisible();
  await expect(page.getByText('Version 2')).toBeVisible();
});

test('a change made elsewhere meanwhile is told, and nothing is overwritten by chance', async ({ home, page }) => {
  await home.create(commented);
  await home.open(page, '/agents/noted/manifest');
  const text = page.getByRole('textbox', { name: 'Manifest of noted' });
  await text.click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('description: mine\n');
  await home.node.call('PUT', '/processes/noted', { manifest: `tags: [theirs]\n${commented}` });
  await expect(page.getByText(/changed elsewhere while you edited: version 2/)).toBeVisible();
  await page.getByRole('button', { name: 'Take the newer one' }).click();
  await expect(text).toContainText('tags: [theirs]');
});

test('who listens is drawn, and a line on the map makes one listen to another', async ({ home, page }) => {
  await home.create(scriptAgent('speaker', "await agent.emit('news.flash', { n: 1 });\nreturn 'said';"));
  await home.create(scriptAgent('hearer', "return 'heard ' + event.payload.type;"));
  await home.wake('speaker');
  await home.open(page, '/map');
  await expect(page.locator('.react-flow').getByText('Nobody hears')).toBeVisible();
  const handle = (name: string, side: string) =>
    page.locator(`.react-flow__node[data-id="${name}"] .react-flow__handle-${side}`);
  await handle('speaker', 'right').dragTo(handle('hearer', 'left'));
  const dialog = page.getByRole('dialog', { name: 'Let hearer listen to speaker' });
  await expect(dialog.getByLabel('Event', { exact: true })).toHaveValue('news.flash');
  await dialog.getByRole('button', { name: 'Listen' }).click();
  await expect(page.getByText('1 connection')).toBeVisible();
  await home.wake('speaker');
  await home.go(page, '/agents/hearer');
  await expect(
    page
      .getByRole('main')
      .getByText(/^heard /)
      .first(),
  ).toBeVisible({ timeout: 15_000 });
});

test('a form that opens takes room from the drawing, and covers nothing of it', async ({ home, page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const wakes = 'triggers:\n  - type: webhook\n    webhook_path: /look\n  - type: event\n    event_type: orders.*\n';
  await home.create(scriptAgent('teller', "await agent.emit('tide.high', { n: 1 });\nreturn 1;", wakes));
  const hears = 'triggers:\n  - type: event\n    event_type: tide.high\n';
  await home.create(scriptAgent('listener', 'return 1;', hears));
  await home.open(page, '/agents/teller/design');
  const boxes = page.locator('.react-flow__node');
  const told = boxes.filter({ hasText: 'tide.high' }).first();
  await expect(told).toBeVisible();
  /** Every box of the drawing lies in the room that is left for it. */
  const allInSight = () =>
    expect(async () => {
      const room = await page.locator('.react-flow').boundingBox();
      const all = await Promise.all((await boxes.all()).map((box) => box.boundingBox()));
      expect(all.length).toBeGreaterThan(6);
      for (const box of all) {
        expect(box?.x).toBeGreaterThanOrEqual(room?.x ?? Number.NaN);
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual((room?.x ?? 0) + (room?.width ?? 0));
      }
    }).toPass({ timeout: 5_000 });
  await allInSight();
  for (const part of [boxes.filter({ hasText: '/look' }), told]) {
    await part.click();
    const form = page.getByRole('complementary', { name: 'Settings of the part' });
    await expect(form).toBeVisible();
    await allInSight();
    await page.keyboard.press('Escape');
    await expect(form).toBeHidden();
    await allInSight();
  }
});
