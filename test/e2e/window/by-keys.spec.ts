import type { Locator, Page } from '@playwright/test';
import { expect, scriptAgent, test } from './window-test.ts';

/** Walks with Tab, as a person without a mouse does, until the focus is where it should be. */
async function tabTo(page: Page, target: Locator, most = 60): Promise<void> {
  const focused = target.and(page.locator(':focus'));
  for (let presses = 0; presses < most && (await focused.count()) === 0; presses++) await page.keyboard.press('Tab');
  await expect(target).toBeFocused();
}

test('a form is edited, reviewed and applied without a mouse', async ({ home, page }) => {
  await home.create(`# Why it is here.\n${scriptAgent('noted', 'return 1;', 'concurrency: 1 # strictly in order\n')}`);
  await home.open(page, '/agents/noted');
  await expect(page.getByRole('heading', { level: 1, name: 'noted' })).toBeVisible();
  await page.keyboard.press('e');
  const asList = page.getByRole('radio', { name: 'List' });
  await expect(asList).toBeVisible();
  await tabTo(page, page.getByRole('radio', { name: 'Drawing' }));
  await page.keyboard.press('ArrowRight');
  await expect(asList).toBeFocused();
  await page.keyboard.press('Space');
  await tabTo(
    page,
    page.getByRole('navigation', { name: 'Parts of the agent' }).getByRole('button', { name: /Queue/ }),
  );
  await page.keyboard.press('Enter');
  const field = page.getByRole('spinbutton', { name: /Runs at the same time/ });
  await tabTo(page, field);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('3');
  await expect(page.getByRole('button', { name: 'Review and apply' })).toBeEnabled();
  await page.keyboard.press('Control+Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('region', { name: 'Changes' })).toContainText('concurrency: 3 # strictly in order');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('“noted” has a new version.')).toBeVisible();
});

test('a time that did not happen is found with its reason and run after all, without a mouse', async ({
  home,
  page,
}) => {
  const settings = 'triggers:\n  - type: cron\n    cron_expression: "* * * * * *"\n    overlap: skip\n';
  const body = "if (event.trigger === 'cron' && !event.payload.planned_for) await agent.sleep(4000);\nreturn 'done';";
  await home.create(scriptAgent('busy', body, settings));
  await home.open(page, '/now');
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page.getByRole('heading', { level: 1, name: 'Schedule' })).toBeVisible();
  await tabTo(page, page.getByRole('radio', { name: 'Calendar' }));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: 'What did not happen' })).toBeFocused();
  await page.keyboard.press('Space');
  const hole = page.getByRole('list', { name: 'What did not happen' }).getByRole('button').first();
  await expect(hole).toContainText('an earlier firing had not ended', { timeout: 15_000 });
  await tabTo(page, hole);
  await page.keyboard.press('Enter');
  const pane = page.getByRole('region', { name: 'The planned time' });
  await expect(pane).toContainText('an earlier firing had not ended');
  const again = pane.getByRole('button', { name: 'Run it now' });
  await again.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('“busy” runs for it now.')).toBeVisible();
});

test('a run is forked at a step with another result, without a mouse', async ({ home, page }) => {
  const body = "const { value } = await agent.tool('get_context', { key: 'colour' });\nreturn 'painted ' + value;";
  await home.create(scriptAgent('chooser', body, 'context:\n  initial_state: { colour: blue }\n'));
  await home.wake('chooser');
  await home.open(page, '/runs');
  await expect(page.getByRole('row', { name: /painted/ })).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Run of chooser' })).toBeVisible();
  const step = page.getByRole('button', { name: /get_context/ }).first();
  await tabTo(page, step);
  await page.keyboard.press('Enter');
  await page.keyboard.press('b');
  const dialog = page.getByRole('dialog', { name: 'Fork at step 1' });
  await tabTo(page, dialog.getByRole('radio').first());
  const other = dialog.getByRole('radio', { name: 'Other result' });
  const isThere = other.and(page.locator(':focus'));
  for (let presses = 0; presses < 5 && (await isThere.count()) === 0; presses++)
    await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  const result = dialog.getByRole('textbox', { name: 'The result it gets' });
  await result.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"value": "green"}');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('region', { name: 'What came of it' })).toContainText('painted green');
});

test('everything is paused and goes on from the palette', async ({ home, page }) => {
  for (const name of ['alpha', 'beta']) await home.create(scriptAgent(name, 'return 1;'));
  await home.open(page, '/agents');
  await expect(page.getByRole('row').getByText('Running')).toHaveCount(2);
  for (const [words, state] of [
    ['pause all', 'Suspended'],
    ['resume all', 'Running'],
  ] as const) {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('row').getByText(state)).toHaveCount(2);
  }
});
