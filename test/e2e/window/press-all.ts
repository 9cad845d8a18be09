import type { Page } from '@playwright/test';
import { expect } from './window-test.ts';

const overlays = '[role="dialog"], [role="alertdialog"], [role="menu"]';
const pressable =
  'button:enabled, [role="menuitem"]:not([data-disabled]), [role="menuitemcheckbox"]:not([data-disabled])';
/** How far into what a press opens others are pressed: a dialog, and what that opens. */
const deepest = 3;

interface Walk {
  page: Page;
  place: string;
  /** Keys pressed before, such as those that choose a row. */
  before: readonly string[];
  /** Not pressed: what leaves, and what closes. */
  spare: RegExp;
  /** What was pressed, each with its way in; what was pressed before is not pressed again. */
  pressed: Set<string>;
}

/**
 * Presses, at one place, every button that can be pressed, and every one in what that opens; each from the place as it
 * is when it is come to. Fields that are empty are filled, so that what waits for them can be pressed, too.
 */
export async function pressAll(walk: Walk): Promise<void> {
  await explore(walk, []);
}

async function explore(walk: Walk, way: readonly string[]): Promise<void> {
  const { page, place, spare, pressed } = walk;
  if (!(await goBack(walk, way))) return;
  const asFound = await standing(page);
  for (const name of new Set(asFound.names)) {
    const path = [place.split('/')[1], ...way, name].join(' › ');
    if (spare.test(name) || pressed.has(path)) continue;
    if (!saysSame(await standing(page), asFound) && !(await goBack(walk, way))) return;
    if (!(await press(page, name))) continue;
    pressed.add(path);
    await settled(page);
    if ((await standing(page)).depth > asFound.depth && way.length + 1 < deepest) await explore(walk, [...way, name]);
  }
}

interface Standing {
  names: string[];
  depth: number;
  hash: string;
}

async function standing(page: Page): Promise<Standing> {
  return page.evaluate<Standing>(
    `({ names: ${inFront}.map(${nameOf}), depth: document.querySelectorAll(${JSON.stringify(overlays)}).length, hash: location.hash })`,
  );
}

const saysSame = (one: Standing, other: Standing) => JSON.stringify(one) === JSON.stringify(other);

/** False: what stood on the way is gone, as after a change that was asked for. */
async function goBack({ page, place, before }: Walk, way: readonly string[]): Promise<boolean> {
  // Another address draws the place anew, and closes what stands in front of it.
  for (let open = (await standing(page)).depth; open > 0; open--) await page.keyboard.press('Escape');
  for (const hash of ['/settings/keys', place]) await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await settled(page);
  for (const key of before) await page.keyboard.press(key);
  for (const name of way) {
    if (!(await press(page, name))) return false;
    await settled(page);
  }
  return true;
}

/** Nothing is read any more that the place waits for. */
async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(null))))');
}

/** What is in front: the newest dialog or menu, else the screen. Its empty fields are filled. */
const inFront = `(() => {
  const front = [...document.querySelectorAll(${JSON.stringify(overlays)})].at(-1) ?? document.querySelector('main');
  const fields = 'input:not([type]):enabled, input[type="text"]:enabled, textarea:enabled';
  for (const field of front.querySelectorAll(fields)) {
    if (field.value !== '' || field.readOnly) continue;
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, 'x');
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  return [...front.querySelectorAll(${JSON.stringify(pressable)})];
})()`;
const nameOf = `((control) => control.getAttribute('aria-label') ?? control.textContent)`;

/** By keys, as somebody without a mouse would. False: there is none of that name now. */
async function press(page: Page, name: string): Promise<boolean> {
  const isThere = await page.evaluate<boolean>(`(() => {
    const control = ${inFront}.find((one) => ${nameOf}(one) === ${JSON.stringify(name)});
    control?.focus();
    return control !== undefined;
  })()`);
  if (isThere) await page.keyboard.press('Enter');
  return isThere;
}
