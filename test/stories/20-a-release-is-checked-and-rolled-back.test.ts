import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Json } from '../../src/shared/json.ts';
import type { BusEventView, InboxItemView, RunBrief } from '../../src/shared/views/views.ts';
import { calls, says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { type TemplateNode, templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

const webhookSecret = 'whsec-0123456789abcdef0123456789abcdef';
const token = 'ghs_0123456789abcdefghijABCDEFGHIJ';

interface Posted {
  path: string;
  authorization: string | undefined;
  body: { [key: string]: Json };
}

/** Speaks the two requests of GitHub's deployments API that the agents make. */
async function startGitHub(): Promise<Posted[]> {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    posted.push({ path: request.url ?? '', authorization: request.headers.authorization, body: JSON.parse(text) });
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":1}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('GITHUB_API_HOST', host);
  vi.stubEnv('GITHUB_API', `http://${host}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return posted;
}

async function setSecrets(node: TemplateNode): Promise<void> {
  const values = { 'ci-cd-assistant/secrets/github_webhook': webhookSecret };
  const tokens = { 'ci-cd-assistant/secrets/github_token': token, 'rollback-agent/secrets/github_token': token };
  for (const [path, value] of Object.entries({ ...values, ...tokens }))
    expect((await node.child().call('PUT', `/processes/${path}`, { value })).status).toBeLessThan(300);
}

/** The sample, sent as GitHub sends it: signed, with a delivery id. */
async function deploys(node: TemplateNode, delivery: string, ref: string, secret = webhookSecret): Promise<number> {
  const samples = join(node.folder, 'files', 'ci-cd-assistant');
  const sample = JSON.parse(readFileSync(join(samples, 'deployment.json'), 'utf8'));
  const { sha } = JSON.parse(readFileSync(join(samples, 'releases', `${ref}.json`), 'utf8'));
  const body = JSON.stringify({ ...sample, deployment: { ...sample.deployment, ref, sha } });
  const response = await fetch(`${node.child().url}/hooks/ci-cd-assistant/github`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'deployment',
      'x-github-delivery': delivery,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  });
  return response.status;
}

const doneRuns = (node: TemplateNode, process: string) => node.items<RunBrief>(`/runs?process=${process}&state=done`);

test('a good release passes, a bad one is told to GitHub and rolled back, and a forged delivery is refused', async () => {
  const posted = await startGitHub();
  const node = await templateNode('ci-cd-assistant');
  await setSecrets(node);

  expect(await deploys(node, 'd-0', 'v2.1.0', 'another-secret-0123456789abcdef')).toBe(401);
  expect(await deploys(node, 'd-1', 'v2.1.0')).toBe(202);
  await until(async () => (await doneRuns(node, 'ci-cd-assistant')).length === 1);
  await node.kill();
  expect(await deploys(node, 'd-2', 'v2.2.0')).toBe(202);
  expect(await deploys(node, 'd-2', 'v2.2.0')).toBe(202);
  await until(async () => (await doneRuns(node, 'rollback-agent')).length === 1);

  expect(posted.map(({ path, body }) => [path, body['state'] ?? body['ref']])).toEqual([
    ['/repos/acme/shop/deployments/1710201/statuses', 'success'],
    ['/repos/acme/shop/deployments/1710201/statuses', 'failure'],
    ['/repos/acme/shop/deployments', 'v2.1.0'],
  ]);
  expect(posted[1]?.body['description']).toBe('2 tests failed; coverage is 78.9 %, at least 80 % is wanted');
  expect(new Set(posted.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${token}`]));
  const kept = await node.context('ci-cd-assistant');
  expect(kept['live']).toEqual({ 'acme/shop production': 'v2.1.0' });
  expect((kept['deployments'] as { ref: string; verdict: string }[]).map(({ ref, verdict }) => [ref, verdict])).toEqual(
    [
      ['v2.1.0', 'success'],
      ['v2.2.0', 'failure'],
    ],
  );
  const [back] = await node.items<BusEventView>('/events?type=deployment.rolled_back');
  expect(back?.data).toEqual({ repository: 'acme/shop', environment: 'production', from: 'v2.2.0', to: 'v2.1.0' });
}, 90_000);

test('without an earlier good release the rollback agent asks which one to deploy', async () => {
  const posted = await startGitHub();
  const node = await templateNode('ci-cd-assistant');
  await setSecrets(node);
  expect(await deploys(node, 'd-1', 'v2.2.0')).toBe(202);
  const [item] = await until(async () => {
    const open = await node.items<InboxItemView>('/inbox');
    return open.length > 0 ? open : undefined;
  });
  expect(item?.question).toContain('v2.2.0 failed for production of acme/shop');
  await node.child().call('POST', `/inbox/${item?.id}/answer`, { answer: 'v1.9.4' });
  await until(async () => (await doneRuns(node, 'rollback-agent')).length === 1);
  expect(posted.at(-1)?.body['ref']).toBe('v1.9.4');
}, 60_000);

test('checks that cannot be asked are an error, and no reason to roll back', async () => {
  const posted = await startGitHub();
  const node = await templateNode('ci-cd-assistant');
  await setSecrets(node);
  const { body } = await node.child().call('GET', '/processes/ci-cd-assistant');
  const manifest = (body as { manifest: string }).manifest.replace('command: npx', 'command: no-such-program');
  expect((await node.child().call('PUT', '/processes/ci-cd-assistant', { manifest })).status).toBe(200);
  expect(await deploys(node, 'd-1', 'v2.1.0')).toBe(202);
  const [run] = await until(async () => {
    const done = await doneRuns(node, 'ci-cd-assistant');
    return done.length > 0 ? done : undefined;
  }, 30_000);
  expect(run?.output).toMatch(/^v2\.1\.0 for production could not be checked: .*MCP_/);
  expect(posted.map(({ body: sent }) => sent['state'])).toEqual(['error']);
  expect(await node.items<BusEventView>('/events?type=deployment.failed')).toEqual([]);
}, 60_000);

test('run now checks the sample and posts nothing', async () => {
  const posted = await startGitHub();
  const node = await templateNode('ci-cd-assistant');
  writeFileSync(join(node.folder, 'files', 'ci-cd-assistant', 'releases', 'v2.1.0.json'), '{"ref":"v2.0.0"}');
  await node.child().call('POST', '/processes/ci-cd-assistant/wake', {});
  const [run] = await until(async () => {
    const done = await doneRuns(node, 'ci-cd-assistant');
    return done.length > 0 ? done : undefined;
  });
  expect(run?.output).toContain('v2.1.0 for production failed: the report is of v2.0.0');
  expect(run?.output).toContain('not posted, it is the sample');
  expect(posted).toEqual([]);
}, 60_000);

test('a model does the same by the instructions that come with the agents, and its post waits for a yes', async () => {
  const posted = await startGitHub();
  const models = await startModelServer();
  onTestFinished(() => models.close());
  models.reply(({ lastUserText, toolAnswers, messages, body }) => {
    const system = String(messages[0]?.['content']);
    if (system.includes('You roll back')) return says('noted');
    const report = /"([^"]+)\/releases/.exec(system)?.[1] ?? /at (\S+)\/releases/.exec(system)?.[1] ?? '';
    const named = (body['tools'] as { function: { name: string } }[]).map((tool) => tool.function.name);
    const readReport = named.find((name) => /checks.read_text_file$/.test(name)) ?? 'none';
    expect(lastUserText).toContain('v2.2.0');
    const url = `${process.env['GITHUB_API']}/repos/acme/shop/deployments/1710201/statuses`;
    const headers = { authorization: 'Bearer secret://github_token' };
    if (toolAnswers.length === 0) return calls(readReport, { path: `${report}/releases/v2.2.0.json` });
    if (toolAnswers.length === 1) {
      expect(toolAnswers[0]).toContain('failed');
      return calls('http_fetch', { method: 'POST', url, headers, body: { state: 'failure', description: '2 failed' } });
    }
    if (toolAnswers.length === 2)
      return calls('emit_event', { type: 'deployment.failed', data: { ref: 'v2.2.0', good: 'v2.1.0' } });
    return says('v2.2.0 failed');
  });
  const node = await templateNode('ci-cd-assistant', models.url);
  await setSecrets(node);
  expect(await deploys(node, 'd-1', 'v2.2.0')).toBe(202);
  const [item] = await until(async () => {
    const open = await node.items<InboxItemView>('/inbox');
    return open.length > 0 ? open : undefined;
  });
  expect(item).toMatchObject({ process: 'ci-cd-assistant', kind: 'approval' });
  expect(posted).toEqual([]);
  await node.child().call('POST', `/inbox/${item?.id}/answer`, { answer: 'approve' });
  const [failed] = await until(async () => {
    const events = await node.items<BusEventView>('/events?type=deployment.failed');
    return events.length > 0 ? events : undefined;
  });
  expect(failed?.data).toEqual({ ref: 'v2.2.0', good: 'v2.1.0' });
  expect(posted.map(({ body, authorization }) => [body['state'], authorization])).toEqual([
    ['failure', `Bearer ${token}`],
  ]);
  await until(async () => (await doneRuns(node, 'rollback-agent')).length === 1);
  expect(JSON.stringify(models.requests)).not.toContain(token);
}, 60_000);
