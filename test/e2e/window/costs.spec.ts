import { says } from '../../world/model-replies.ts';
import { startModelServer } from '../../world/model-server.ts';
import { findings } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

test('what agents use is told by agent, model and day, and a limit for all of them is set by keyboard', async ({
  home,
  page,
}) => {
  const models = await startModelServer();
  try {
    models.reply(says('Well.'));
    await home.create(
      `version: "1.0"\nname: talker\nmodel:\n  id: openai-compatible:dear\n  base_url: ${models.url}\n  input_price: 1000\n  output_price: 2000\ninstructions: Answer shortly.\n`,
    );
    await home.create(scriptAgent('plain', 'return 1;'));
    for (const name of ['talker', 'plain']) await home.wake(name);
    await home.open(page, '/now');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await expect(page.getByRole('heading', { level: 1, name: 'Costs' })).toBeVisible();
    const agents = page.getByRole('table', { name: 'Agent' });
    await expect(agents.getByRole('row', { name: /talker 100 %/ })).toContainText(/\$\d/);
    await expect(agents.getByRole('row', { name: /plain/ })).toContainText('$0.00');
    await expect(page.getByRole('table', { name: 'Model' })).toContainText('openai-compatible:dear');
    await page.getByRole('table', { name: 'Model' }).getByRole('link', { name: 'openai-compatible:dear' }).click();
    await expect(agents.getByRole('row', { name: /talker/ })).toBeVisible();
    await expect(agents.getByRole('row', { name: /plain/ })).toHaveCount(0);
    await agents.getByRole('link', { name: 'talker' }).click();
    await expect(page.getByRole('link', { name: 'Its runs' })).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('link', { name: 'No longer only openai-compatible:dear' }).click();
    await page.getByRole('link', { name: 'No longer only talker' }).click();
    await expect(agents.getByRole('row', { name: /plain/ })).toBeVisible();
    await page.getByRole('button', { name: 'All agents together…' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('spinbutton', { name: 'Money' }).focus();
    await page.keyboard.type('4.5');
    await page.getByRole('slider', { name: 'Money, by slider' }).focus();
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('spinbutton', { name: 'Money' })).toHaveValue('5');
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('region', { name: 'Limits of today' })).toContainText('of 5 USD');
    await expect(page.getByRole('link', { name: /^Spent today: .* of \$5\.00/ })).toBeVisible();
  } finally {
    await models.close();
  }
});
