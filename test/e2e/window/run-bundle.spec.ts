import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Download, Page } from '@playwright/test';
import { RunBundle } from '../../../src/shared/run-bundle.ts';
import { findingsInAllLooks } from './findings.ts';
import { expect, scriptAgent, test } from './window-test.ts';

const teller = scriptAgent(
  'teller',
  "await agent.context.set('n', event.payload.n);\nreturn 'told ' + event.payload.n;",
);

async function saved(download: Download, folder: string): Promise<{ path: string; bundle: RunBundle }> {
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return { path, bundle: RunBundle.parse(JSON.parse(await readFile(path, 'utf8'))) };
}

async function chooseFile(page: Page, button: string, path: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).press('Enter');
  await (await chooser).setFiles(path);
}

test('a run is exported as one file, which is opened again with no node behind the window, to be read only', async ({
  home,
  page,
}) => {
  await home.create(teller);
  await home.wake('teller', { n: 7 });
  await home.open(page, '/runs');
  await page.getByRole('link', { name: 'told 7' }).click();
  await page.getByRole('button', { name: 'More for this run' }).click();
  const coming = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Export bundle' }).click();
  const { path, bundle } = await saved(await coming, home.outDir);
  expect(path).toMatch(/teller-.{8}\.run-bundle\.json$/);
  expect(bundle.runs[0]?.manifest?.text).toBe(teller);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('open a bundle');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Look at a run that was exported.')).toBeVisible();
  expect(await findingsInAllLooks(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  const other = join(home.outDir, 'other.json');
  await writeFile(other, '{"runs": []}');
  await chooseFile(page, 'Choose a file…', other);
  await expect(page.getByText('“other.json” is not a bundle of runs.')).toBeVisible();

  await home.node.kill();
  await chooseFile(page, 'Choose a file…', path);
  const banner = page.getByRole('region', { name: 'From a file' });
  await expect(banner).toContainText('This is a file, and can only be read');
  await expect(page.getByRole('heading', { level: 1, name: 'Run of teller' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'What came of it' })).toContainText('told 7');
  await page.getByRole('table', { name: 'Steps' }).getByRole('button', { name: /set n/ }).click();
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await expect(inspector).toContainText('Step 1');
  await expect(inspector.getByRole('button', { name: 'Fork here…' })).toBeHidden();
  await page.keyboard.press('Escape');
  await page.keyboard.press('c');
  await expect(inspector).toContainText('value: 7');
  for (const name of ['Redeliver', 'More for this run', 'Add a note'])
    await expect(page.getByRole('button', { name })).toHaveCount(0);
  expect(await findingsInAllLooks(page)).toEqual([]);
  await page.getByRole('radio', { name: 'Manifest' }).click();
  await expect(page.getByRole('region', { name: 'Manifest' })).toContainText("return 'told ' + event.payload.n");
  await page.getByRole('radio', { name: /Entries/ }).click();
  await expect(page.getByRole('region', { name: 'Entries' })).toContainText('run.settled');
  expect(await findingsInAllLooks(page)).toEqual([]);
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Choose a file…' })).toBeVisible();
});

test('chosen runs are exported together, and looked at one after the other', async ({ home, page }) => {
  await home.create(teller);
  for (const n of [1, 2]) await home.wake('teller', { n });
  await home.open(page, '/runs');
  await expect(page.getByRole('link', { name: /^told/ })).toHaveCount(2, { timeout: 15_000 });
  await page.getByRole('checkbox', { name: 'Select all that are loaded' }).press('Space');
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export bundle' }).click();
  const { path, bundle } = await saved(await coming, home.outDir);
  expect(bundle.runs).toHaveLength(2);
  await page.getByRole('link', { name: 'Open a bundle…' }).click();
  await chooseFile(page, 'Choose a file…', path);
  const came = page.getByRole('region', { name: 'What came of it' });
  await expect(came).toContainText('told 2');
  await page.getByRole('combobox', { name: 'Run' }).selectOption('1');
  await expect(came).toContainText('told 1');
});
