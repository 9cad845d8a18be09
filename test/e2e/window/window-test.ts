import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test as base, expect, type Page } from '@playwright/test';
import { type NodeChild, startNode } from '../../world/node-child.ts';

/** What is planned for each second is missed while a node is off for as long. */
export const missesMs = 3_000;

/** A real node on a folder of its own, and the pages that look at it. */
export interface Home {
  readonly dataDir: string;
  /** A folder that agents may be given. */
  readonly outDir: string;
  readonly node: NodeChild;
  /** Creates a process from manifest text and starts it. */
  create(manifest: string): Promise<void>;
  wake(name: string, payload?: unknown): Promise<string>;
  /** Lets a page in with a one-time code, and goes to a place such as `/agents`. */
  open(page: Page, place?: string): Promise<void>;
  /** Goes to another place of the window. */
  go(page: Page, place: string): Promise<void>;
  /** Kills the node, and starts it again on the same port and folder after `offMs`: what is planned meanwhile is missed. */
  restart(offMs?: number): Promise<void>;
}

/** Complaints of the browser that come from taking the node away, which some tests do on purpose. */
const ofAbsence =
  /ERR_(?:CONNECTION_(?:REFUSED|RESET)|SOCKET_NOT_CONNECTED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)|Failed to fetch|401|503/;
/** Joining lines in an editor, the browser adds a style of its own; the policy refuses that, and nothing is lost. */
const ofTyping = /^Applying inline style violates/;

export const test = base.extend<{ home: Home; complaints: string[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
  home: async ({}, use) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'agent-runtime-window-'));
    const outDir = await mkdtemp(join(tmpdir(), 'agent-runtime-out-'));
    let node = await startNode(dataDir);
    const port = Number(new URL(node.url).port);
    await use({
      dataDir,
      outDir,
      get node() {
        return node;
      },
      async create(manifest) {
        const answer = await node.call('POST', '/processes', { manifest, start: true });
        expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      },
      async wake(name, payload = {}) {
        const answer = await node.call('POST', `/processes/${name}/wake`, { payload });
        expect(answer.status, JSON.stringify(answer.body)).toBe(202);
        return (answer.body as { eventId: string }).eventId;
      },
      async open(page, place = '') {
        const { body } = await node.call('POST', '/session/codes', {});
        const { url } = body as { url: string };
        await page.goto(place ? `${url}&to=${encodeURIComponent(place)}` : url);
        await expect(page.getByRole('navigation', { name: 'Screens' }).first()).toBeVisible();
      },
      async go(page, place) {
        await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      },
      async restart(offMs = 0) {
        await node.kill();
        await pause(offMs);
        node = await startNode(dataDir, { port });
      },
    });
    await node.kill('SIGTERM');
    for (const folder of [dataDir, outDir]) await rm(folder, { recursive: true, force: true });
  },
  // What the browser complains about fails the test: errors of scripts, and everything the policy of the page refuses.
  complaints: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      context.on('page', (page) => {
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('console', (message) => {
          if (message.type() === 'error') complaints.push(message.text());
        });
      });
      await use(complaints);
      expect(complaints.filter((text) => !ofAbsence.test(text) && !ofTyping.test(text))).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** An agent without a model; `body` is what it does. */
export function scriptAgent(name: string, body: string, settings = ''): string {
  const lines = body.split('\n').map((line) => `    ${line}`);
  return `version: "1.0"\nname: ${name}\nmodel: script\n${settings}script: |\n  export default async function run(event, agent) {\n${lines.join('\n')}\n  }\n`;
}
