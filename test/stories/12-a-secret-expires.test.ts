import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { SecretAccess, SecretView } from '../../src/shared/views/governance-views.ts';
import type { RunBrief } from '../../src/shared/views/views.ts';
import { home } from '../world/home.ts';
import { script } from '../world/make.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

/** A server that sends back what it was told, as such servers do. */
async function mirror(): Promise<{ port: number; seen: IncomingHttpHeaders[] }> {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.setHeader('content-type', 'text/plain');
    response.end(
      `you are ${request.headers.authorization}, in base64 ${Buffer.from(String(request.headers.authorization)).toString('base64')}`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, seen };
}

const everything = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'lock')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'));

test('a secret is used, expires, is set anew and used again, and its values are found nowhere', async () => {
  const folder = home();
  const { port, seen } = await mirror();
  const values = ['written-in-the-manifest-1', 'set-by-a-person-number-2', 'set-by-a-person-number-3'] as const;
  let child: NodeChild = await startNode(folder);
  onTestFinished(() => child.kill());
  const manifest = {
    version: '1.0',
    name: 'caller',
    ...script(`
      try {
        const content = await agent.tool('http_fetch', { url: 'http://127.0.0.1:${port}/', headers: { Authorization: 'Bearer secret://token' } });
        await agent.context.set('answer', content);
        return content;
      } catch (e) { return e.code ?? String(e) }`),
    tools: { http_fetch: { allow_hosts: [`127.0.0.1:${port}`] } },
    secrets: { secrets: { token: values[0] } },
  };
  const created = await child.call('POST', '/processes', { manifest, start: true });
  expect(created.status).toBe(201);
  const shown: string[] = [JSON.stringify(created.body)];
  let runs = 0;
  const run = async () => {
    await child.call('POST', '/processes/caller/wake', {});
    runs++;
    const done = await until(async () => {
      const { items } = (await child.call('GET', '/runs?state=done')).body as { items: RunBrief[] };
      return items.length === runs ? items[0] : undefined;
    });
    const whole = (await child.call('GET', `/runs/${done.id}`)).body as RunBrief;
    shown.push(JSON.stringify(whole));
    return whole.output;
  };
  expect(JSON.stringify(await run())).toContain('[secret:token]');
  const set = await child.call('PUT', '/processes/caller/secrets/token', { value: values[1], ttlMs: 1 });
  expect(set.body).toMatchObject({ name: 'token', source: 'api', version: 2 });
  expect(await run()).toBe('SECRET_EXPIRED');
  await child.call('PUT', '/processes/caller/secrets/token', { value: values[2] });
  await child.kill('SIGKILL');
  child = await startNode(folder);
  expect(JSON.stringify(await run())).toContain('[secret:token]');
  expect(seen.map(({ authorization }) => authorization)).toEqual([`Bearer ${values[0]}`, `Bearer ${values[2]}`]);

  const secrets = (await child.call('GET', '/processes/caller/secrets')).body as { items: SecretView[] };
  expect(secrets.items).toMatchObject([{ name: 'token', version: 3, expired: false }]);
  const log = (await child.call('GET', '/processes/caller/secrets/access-log')).body as { items: SecretAccess[] };
  expect(log.items.map(({ what }) => what)).toEqual(['access', 'rotated', 'expired', 'rotated', 'access']);
  for (const path of ['', '/context', '/journal?limit=1000', '/secrets'])
    shown.push(JSON.stringify((await child.call('GET', `/processes/caller${path}`)).body));
  // Once for all: the node also holds some room on the disk, in a large empty file.
  const texts = [...everything(folder), ...shown];
  for (const value of values) {
    for (const form of [
      value,
      Buffer.from(value).toString('base64').slice(0, -4),
      Buffer.from(`Bearer ${value}`).toString('base64'),
    ]) {
      expect(texts.filter((text) => text.includes(form))).toHaveLength(0);
    }
  }
});
