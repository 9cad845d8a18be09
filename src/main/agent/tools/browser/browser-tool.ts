import type { Locator, Page } from 'playwright';
import { z } from 'zod';
import { asError, RuntimeError } from '../../../../shared/errors.ts';
import type { JsonObject } from '../../../../shared/json.ts';
import { outcomeUnknown, type Tool, type ToolCall, type ToolResult } from '../../tool.ts';
import type { FileMounts } from '../folders/file-mounts.ts';
import { objectOf } from '../parameters.ts';
import { unlessAborted } from '../web/redirects.ts';
import type { BrowserPage, BrowserPool } from './browser-pool.ts';
import { refusedHeader } from './egress-proxy.ts';

/** What `tools: { browser: … }` may say. */
export const BrowserNarrowing = z.strictObject({
  allowHosts: z.array(z.string().min(1).max(260)).max(200).default([]),
});

const maxTextChars = 60_000;
const maxOutlineChars = 40_000;

type Action = 'open' | 'read' | 'outline' | 'click' | 'fill' | 'press' | 'back' | 'screenshot' | 'close';
const readOnlyActions = new Set<Action>(['open', 'read', 'outline', 'back', 'screenshot', 'close']);

interface BrowserToolParts {
  pool: BrowserPool;
  allowHosts: readonly string[];
  /** Where screenshots go; without writable mounts there are none. */
  mounts: FileMounts;
}

/**
 * `browser`: one page per run. Opening and reading may be done again after a crash, what is clicked and filled in may
 * not. A page does not outlive the node: what is done next on a page that is gone is refused.
 */
export function browserTool(parts: BrowserToolParts): Tool {
  return {
    name: 'browser',
    description: `A web browser without a window, with one page that stays between calls. open a URL, read its text, see its outline (roles and names of what can be used), click, fill, press a key, go back, take a screenshot into a mount. Only these hosts can be reached: ${parts.allowHosts.join(', ')}.`,
    parameters: objectOf(
      {
        action: {
          type: 'string',
          enum: ['open', 'read', 'outline', 'click', 'fill', 'press', 'back', 'screenshot', 'close'],
        },
        url: { type: 'string', description: 'For open.' },
        target: {
          type: 'string',
          description:
            'For click and fill: a CSS selector, or text=… or role=button[name="Save"]. For read: the part to read.',
        },
        value: { type: 'string', description: 'For fill: the text. For press: the key, such as Enter.' },
        path: { type: 'string', description: 'For screenshot: a PNG file in a writable mount.' },
      },
      ['action'],
    ),
    reach: 'other',
    reachOf: (args) => (readOnlyActions.has(args['action'] as Action) ? 'readOnly' : 'other'),
    execute: (args, call) => act(args, call, parts),
  };
}

async function act(args: JsonObject, call: ToolCall, parts: BrowserToolParts): Promise<ToolResult> {
  const action = args['action'] as Action;
  if (action === 'close') {
    await parts.pool.closePage(call.run);
    return { content: { closed: true } };
  }
  if (action !== 'open' && !parts.pool.has(call.run)) {
    throw new RuntimeError('TOOL_FAILED', 'No page is open in this run; open one first.');
  }
  const opened = await parts.pool.page(call.run, parts.allowHosts);
  const { page, pass } = opened;
  pass.takeRefused();
  try {
    const told = await unlessAborted(actions[action](args, opened, parts), call.signal);
    const refused = pass.takeRefused();
    return {
      content: {
        url: page.url(),
        title: await page.title(),
        ...told,
        ...(refused.length > 0 ? { not_reached: refused } : {}),
      },
      taint: [`web:${URL.parse(page.url())?.hostname ?? ''}`],
    };
  } catch (thrown) {
    throw failure(thrown, { action, call, refused: pass.takeRefused() });
  }
}

const actions: Record<
  Exclude<Action, 'close'>,
  (args: JsonObject, opened: BrowserPage, parts: BrowserToolParts) => Promise<JsonObject>
> = {
  async open(args, { page, guard }) {
    const { url } = await guard.check(needed(args, 'url'));
    const response = await page.goto(url.href, { waitUntil: 'domcontentloaded', timeout: 30_000 });
    const text = await textOf(page);
    // After a redirect to a host that is not listed, what stands there is the refusal.
    if (response?.headers()[refusedHeader]) throw new RuntimeError('POLICY_EGRESS_DENIED', String(text['text']));
    return { status: response?.status() ?? 0, ...text };
  },
  read: (args, { page }) => textOf(page, args['target'] as string | undefined),
  async outline(_args, { page }) {
    const outline = await page.locator('body').ariaSnapshot();
    return { outline: outline.slice(0, maxOutlineChars), truncated: outline.length > maxOutlineChars };
  },
  async click(args, { page }) {
    await (await found(page, needed(args, 'target'))).click();
    await page.waitForLoadState('domcontentloaded');
    return await textOf(page);
  },
  async fill(args, { page }) {
    const value = needed(args, 'value');
    await (await found(page, needed(args, 'target'))).fill(value);
    return {};
  },
  async press(args, { page }) {
    await page.keyboard.press(needed(args, 'value'));
    await page.waitForLoadState('domcontentloaded');
    return await textOf(page);
  },
  async back(_args, { page }) {
    await page.goBack({ waitUntil: 'domcontentloaded' });
    return await textOf(page);
  },
  async screenshot(args, { page }, { mounts }) {
    const path = needed(args, 'path');
    const { folder, name } = await mounts.parentOf(path, 'write');
    await using opened = folder;
    if (name === undefined || !/\.png$/i.test(name))
      throw new RuntimeError('PATH_NOT_ALLOWED', `"${path}" is not the name of a PNG file.`);
    const picture = await page.screenshot({ type: 'png' });
    await opened.replace(name, picture);
    return { path, bytes: picture.length };
  },
};

function needed(args: JsonObject, key: string): string {
  const value = args[key];
  if (typeof value === 'string') return value;
  throw new RuntimeError('TOOL_ARGS_INVALID', `The browser action "${String(args['action'])}" needs "${key}".`);
}

/** Waits until it is there. That it is not is told before anything is done. */
async function found(page: Page, target: string, state: 'visible' | 'attached' = 'visible'): Promise<Locator> {
  const locator = page.locator(target).first();
  try {
    await locator.waitFor({ state, timeout: 3_000 });
    return locator;
  } catch (cause) {
    throw new RuntimeError(
      'TOOL_FAILED',
      `There is nothing on the page for ${JSON.stringify(target.slice(0, 120))}; look at its outline.`,
      {},
      { cause },
    );
  }
}

async function textOf(page: Page, target = 'body'): Promise<JsonObject> {
  const text = await (await found(page, target, 'attached')).innerText();
  return { text: text.slice(0, maxTextChars), truncated: text.length > maxTextChars };
}

function failure(
  thrown: unknown,
  { action, call, refused }: { action: Action; call: ToolCall; refused: string[] },
): RuntimeError {
  const mayHaveActed = !readOnlyActions.has(action);
  if (call.signal.aborted) {
    const { reason } = call.signal;
    const known =
      reason instanceof RuntimeError ? reason : new RuntimeError('RUN_CANCELLED', 'The call was cancelled.');
    return new RuntimeError(
      known.code,
      known.message,
      { ...known.details, ...(mayHaveActed ? outcomeUnknown : {}) },
      { cause: thrown },
    );
  }
  if (thrown instanceof RuntimeError) return thrown;
  if (refused.length > 0 && action === 'open') {
    return new RuntimeError(
      'POLICY_EGRESS_DENIED',
      `The browser may not reach ${refused.join(', ')}; list the host in tools.browser.allow_hosts if it may.`,
      {
        refused,
      },
    );
  }
  const [words = ''] = asError(thrown).message.split('\n');
  return new RuntimeError(
    'TOOL_FAILED',
    `The browser could not ${action}: ${words.slice(0, 300)}`,
    mayHaveActed ? outcomeUnknown : {},
    { cause: thrown },
  );
}
