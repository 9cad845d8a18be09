import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { BusEventView, RunBrief } from '../../src/shared/views/views.ts';
import { templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

interface Called {
  to: string;
  service: string;
  what: string;
}

test('the watchdog tracks uptime and incidents and calls on-call, then the manager, each once', async () => {
  let status = 200;
  const service = createServer((_request, response) => response.writeHead(status).end('ok'));
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void service.close());
  const host = `127.0.0.1:${(service.address() as AddressInfo).port}`;
  vi.stubEnv('WATCHDOG_HOST', host);
  vi.stubEnv('WATCHDOG_ENDPOINT', `http://${host}/health`);
  onTestFinished(() => void vi.unstubAllEnvs());

  const node = await templateNode('infrastructure-watchdog');
  let count = 0;
  const ended = async () => {
    count++;
    await until(async () => {
      const runs = await node.items<RunBrief>('/runs?process=infrastructure-watchdog');
      return runs.length === count && runs.every((run) => run.state === 'done');
    });
  };
  const check = async (answer: number) => {
    status = answer;
    await node.child().call('POST', '/processes/infrastructure-watchdog/wake', { trigger: 'every-five-minutes' });
    await ended();
  };
  const report = async (type: string) => {
    const event = {
      id: `${type}-${count}`,
      event_type: type,
      data: { id: 'Q1', title: 'Disk full', service: { summary: 'billing' } },
    };
    expect((await node.child().call('POST', '/hooks/infrastructure-watchdog/pagerduty', { event })).status).toBe(202);
    await ended();
  };
  const log = async () => ((await node.context('watchdog-desk'))['log'] ?? []) as Called[];

  for (const answer of [200, 503, 503]) await check(answer);
  await node.kill();
  for (const answer of [503, 503, 200]) await check(answer);
  await report('incident.triggered');
  await report('incident.acknowledged');
  await report('incident.escalated');
  await report('incident.resolved');

  await until(async () => (await log()).length === 6);
  expect(
    (await log()).map(
      ({ to, service: about, what }) => `${to}: ${about.startsWith('http') ? 'endpoint' : about} ${what}`,
    ),
  ).toEqual([
    'oncall: endpoint answers with 503',
    'manager: endpoint answers with 503',
    'notice: endpoint answers again',
    'oncall: billing Disk full',
    'manager: billing still open: Disk full',
    'notice: billing is resolved: Disk full',
  ]);
  const kept = await node.context('infrastructure-watchdog');
  expect(kept['uptime']).toMatchObject({ checks: 6, up: 2, failing: 0 });
  expect(kept).toMatchObject({
    incident_count: 1,
    incidents: { Q1: { state: 'resolved', reports: 4, service: 'billing' } },
  });
  await until(async () => (await node.items<BusEventView>('/events?type=ops.escalated')).length === 6);
}, 60_000);
