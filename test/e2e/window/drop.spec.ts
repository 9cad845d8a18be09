import { expect, scriptAgent, test } from './window-test.ts';

test('an agent file that is dropped on the window becomes a draft, and is created after a click', async ({
  home,
  page,
}) => {
  await home.open(page, '/runs');
  const text = scriptAgent('dropped', "return 'hello';");
  const wasTaken = await page.evaluate(`(() => {
    const data = new DataTransfer();
    data.items.add(new File([${JSON.stringify(text)}], 'dropped.agent'));
    const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
    return event.defaultPrevented;
  })()`);
  expect(wasTaken).toBe(true);
  await expect(page.getByRole('heading', { name: 'New agent' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('dropped');
  expect((await home.node.call('GET', '/processes/dropped')).status).toBe(404);
  await page.getByRole('button', { name: 'Create and start' }).click();
  await expect(page).toHaveURL(/#\/agents\/dropped/);
  expect((await home.node.call('GET', '/processes/dropped')).status).toBe(200);
});
