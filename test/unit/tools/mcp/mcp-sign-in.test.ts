import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TokenShelf } from '../../../../src/main/agent/tools/mcp/sign-in.ts';
import { ServerConfig } from '../../../../src/shared/config/server-config.ts';
import { AuthorizationServer } from '../../../world/authorization-server.ts';
import { GuardedMcp } from '../../../world/guarded-mcp.ts';
import { until } from '../../../world/until.ts';
import { refusal } from '../tool-call.ts';
import { McpBench, use } from './mcp-bench.ts';

let bench: McpBench;
let authority: AuthorizationServer;
let server: GuardedMcp;
beforeEach(async () => {
  authority = await AuthorizationServer.open();
  server = await GuardedMcp.open(authority);
  bench = await McpBench.open();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
  expect(authority.problems).toEqual([]);
});

const signal = () => AbortSignal.timeout(5_000);

/** What a vault keeps, and the links that people were shown. */
function desk(): {
  shelf: () => TokenShelf;
  links: (string | null)[];
  kept: () => string;
  onSignIn: (name: string, link: string | null) => void;
} {
  let kept: string | undefined;
  const links: (string | null)[] = [];
  return {
    shelf: () => ({
      get: () => kept,
      set: async (text) => {
        kept = text;
      },
    }),
    links,
    kept: () => kept ?? '',
    onSignIn: (_name, link) => links.push(link),
  };
}

const config = (more: object = {}) => ServerConfig.parse({ url: server.url, oauth: {}, ...more });

/** Opens a link as a browser does, to the page at the end. */
const open = (link: string) => fetch(link);

describe('a server that is signed in to', () => {
  test('gives a link first; a person who opens it lets the tools be used, once for all', async () => {
    const { onSignIn, shelf, links, kept } = desk();
    const box = bench.toolbox({ web: config() }, { shelf, onSignIn });
    const [problem] = await box.ready(signal());
    expect(problem?.error).toMatchObject({ code: 'MCP_SIGN_IN', details: { server: 'web', link: links[0] } });
    expect((await bench.pool.status())[0]).toMatchObject({ signInLink: links[0] });
    const page = await open(String(links[0]));
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('signed in to web')]);
    expect(links).toHaveLength(2);
    expect(await box.ready(signal())).toEqual([]);
    expect((await use(box, 'web.add', { a: 2, b: 3 })).content).toBe('5');
    expect(authority.grants).toEqual(['authorization_code']);
    expect((await bench.pool.status())[0]).toMatchObject({ signInLink: null, state: 'ready' });
    // The next life of the node finds the tokens where they are kept.
    await bench.pool.close();
    const next = await McpBench.open();
    const again = next.toolbox({ web: config() }, { shelf, onSignIn });
    expect(await again.ready(signal())).toEqual([]);
    expect((await use(again, 'web.add', { a: 1, b: 1 })).content).toBe('2');
    await next[Symbol.asyncDispose]();
    expect(links).toHaveLength(2);
    expect(kept()).toContain(authority.given[1]);
  });

  test('renews its tokens by itself, keeping the new ones', async () => {
    const { onSignIn, shelf, links, kept } = desk();
    const box = bench.toolbox({ web: config() }, { shelf, onSignIn });
    await box.ready(signal());
    await open(String(links[0]));
    await use(box, 'web.add', { a: 1, b: 1 });
    authority.expire();
    expect((await use(box, 'web.add', { a: 1, b: 2 })).content).toBe('3');
    expect(authority.grants).toEqual(['authorization_code', 'refresh_token']);
    expect(kept()).toContain(authority.given[3]);
    expect(links).toHaveLength(2);
  });

  test('asks anew when what it has is good no more, and says that the call was not made', async () => {
    const { onSignIn, shelf, links } = desk();
    const box = bench.toolbox({ web: config() }, { shelf, onSignIn });
    await box.ready(signal());
    await open(String(links[0]));
    await box.ready(signal());
    authority.expire();
    authority.refreshTokens.clear();
    const error = await refusal(() => use(box, 'web.add', { a: 1, b: 2 }));
    expect(error.code).toBe('MCP_SIGN_IN');
    expect(error.details).not.toHaveProperty('outcomeUnknown');
    expect(server.calls).toBe(0);
    const link = await until(() => links.at(-1));
    await open(link);
    expect((await use(box, 'web.add', { a: 1, b: 2 })).content).toBe('3');
  });

  test('keeps one link while it waits to be followed, however often the server is wanted', async () => {
    const { onSignIn, shelf, links } = desk();
    const box = bench.toolbox({ web: config() }, { shelf, onSignIn });
    const problems = await Promise.all([1, 2, 3].map(() => box.ready(signal())));
    await box.ready(signal());
    expect(new Set(problems.flat().map(({ error }) => error.details['link']))).toEqual(new Set([links[0]]));
    expect(links).toHaveLength(1);
    expect(authority.clients.size).toBe(1);
  });

  test('takes no answer but that to its own link, once', async () => {
    const { onSignIn, shelf, links } = desk();
    const box = bench.toolbox({ web: config() }, { shelf, onSignIn });
    await box.ready(signal());
    const link = new URL(String(links[0]));
    const callback = new URL(String(link.searchParams.get('redirect_uri')));
    for (const [state, code] of [
      ['guessed', 'x'],
      ['', 'x'],
    ] as const) {
      callback.search = new URLSearchParams({ state, code }).toString();
      expect((await fetch(callback)).status).toBe(400);
    }
    expect(authority.grants).toEqual([]);
    const answer = await fetch(link, { redirect: 'manual' });
    const location = String(answer.headers.get('location'));
    expect((await fetch(location)).status).toBe(200);
    await expect(fetch(location)).rejects.toThrow();
    expect(authority.grants).toEqual(['authorization_code']);
  });

  test('tells a person who was refused, and asks again with another link', async () => {
    const { onSignIn, shelf, links } = desk();
    const box = bench.toolbox({ web: config() }, { shelf, onSignIn });
    await box.ready(signal());
    authority.refuse = 'access_denied';
    const page = await open(String(links[0]));
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('access_denied')]);
    authority.refuse = undefined;
    await box.ready(signal());
    expect(links).toHaveLength(2);
    expect(links[1]).not.toBe(links[0]);
    await open(String(links[1]));
    expect(await box.ready(signal())).toEqual([]);
  });

  test('is not shared by processes: each signs in for itself', async () => {
    const [one, other] = [desk(), desk()];
    const first = bench.toolbox({ web: config() }, one, 'first');
    const second = bench.toolbox({ web: config() }, other, 'second');
    await first.ready(signal());
    await open(String(one.links[0]));
    expect(await first.ready(signal())).toEqual([]);
    expect((await second.ready(signal()))[0]?.error.code).toBe('MCP_SIGN_IN');
  });
});

test('a server that asks for credentials and may not be signed in to says what to set', async () => {
  const box = bench.toolbox({ web: ServerConfig.parse({ url: server.url }) });
  expect((await box.ready(signal()))[0]?.error.message).toContain('oauth: {}');
});
