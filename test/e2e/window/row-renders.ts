import type { Page } from '@playwright/test';

/**
 * Counts how often React draws each row of a virtual list, by the hook that its developer tools use: what stands in
 * `rowRenders` is asked for by `renders`. To be called before the page is opened.
 */
export async function countRenders(page: Page): Promise<void> {
  await page.addInitScript(`(${listenToReact.toString()})()`);
}

/** How often each row was drawn since the count was begun, by its place in the list. */
export async function renders(page: Page): Promise<Record<string, number>> {
  return await page.evaluate('globalThis.rowRenders');
}

export async function beginCount(page: Page): Promise<void> {
  await page.evaluate('globalThis.rowRenders = {}');
}

interface Fiber {
  tag: number;
  flags: number;
  memoizedProps: Record<string, unknown> | null;
  child: Fiber | null;
  sibling: Fiber | null;
  alternate: Fiber | null;
}

/** Runs in the page. */
function listenToReact(): void {
  const page = globalThis as unknown as { rowRenders: Record<string, number>; __REACT_DEVTOOLS_GLOBAL_HOOK__: unknown };
  page.rowRenders = {};
  const host = 5;
  const components = [0, 11, 15];
  const worked = 1;

  /** `row`: whose own component is looked for; what stands in it draws itself again when the time it tells moves on. */
  function walk(fiber: Fiber, row: string | null): void {
    const place = fiber.tag === host ? fiber.memoizedProps?.['data-row'] : undefined;
    let below = place === undefined ? row : String(place);
    if (components.includes(fiber.tag) && row !== null) {
      if (fiber.flags & worked) page.rowRenders[row] = (page.rowRenders[row] ?? 0) + 1;
      below = null;
    }
    // What was not touched still has the children it had.
    if (fiber.alternate && fiber.alternate.child === fiber.child) return;
    for (let child = fiber.child; child; child = child.sibling) walk(child, below);
  }
  page.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
    supportsFiber: true,
    inject: () => 1,
    onCommitFiberRoot: (_: number, root: { current: Fiber }) => walk(root.current, null),
    onCommitFiberUnmount() {},
    onPostCommitFiberRoot() {},
  };
}
