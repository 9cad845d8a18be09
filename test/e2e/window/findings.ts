import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** What is in the way of people who use the page in other ways: each serious or critical finding, as a line. */
export async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
}

/** The same in light and dark, wide and narrow, each with its look in front. */
export async function findingsInAllLooks(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      found.push(...(await findings(page)).map((finding) => `${width}, ${colorScheme}: ${finding}`));
    }
  }
  return found;
}
