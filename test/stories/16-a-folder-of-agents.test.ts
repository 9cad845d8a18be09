import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BusEvent } from '../../src/main/messaging/event-bus.ts';
import { until } from '../world/until.ts';
import { createWorld, type World } from '../world/world.ts';

/** As the description of the product has them, word for word. */
const monitor = `version: "1.0"
name: pipeline-monitor
model: openai:gpt-5-mini
instructions: |
  You monitor data pipeline health. Check metrics every 5 minutes.
  Fire a 'pipeline.alert' event if any metric exceeds thresholds.
triggers:
  - type: cron
    cron_expression: "*/5 * * * *"
config:
  journal_level: full
  restart_on_failure: true
  max_restarts: 3
`;
const dataWatcher = `version: "1.0"
name: data-watcher
model: openai:gpt-5-mini
instructions: You monitor data pipelines and alert on anomalies.
triggers:
  - type: cron
    cron_expression: "*/5 * * * *"
`;

const scripted = (name: string, trigger: string, body: string) => `version: "1.0"
name: ${name}
model: script
script: |
  export default async function run(event, agent) {
    ${body}
  }
${trigger ? `triggers:\n  - type: event\n    event_type: ${trigger}\n` : ''}`;

function folderOf(world: World, files: Record<string, string>): string {
  const folder = join(world.folder, 'agents');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('a folder of agents', () => {
  test('the agents of the product’s own description load unchanged, and mean what they say', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const runtime = await world.runtime();
    const report = await runtime.loadDirectory(
      folderOf(world, { 'monitor.agent': monitor, 'watcher.agent': dataWatcher }),
    );
    expect(report).toEqual({ created: ['pipeline-monitor', 'data-watcher'], updated: [], unchanged: [], failed: [] });
    expect(runtime.get('pipeline-monitor').knownConfig).toMatchObject({
      model: 'openai:gpt-5-mini',
      journal: { level: 'full' },
      restartPolicy: 'on_failure',
      maxRestarts: 3,
      triggers: [{ type: 'cron', cronExpression: '*/5 * * * *' }],
    });
    expect(await runtime.startAll()).toEqual({ processes: ['data-watcher', 'pipeline-monitor'], failed: [] });
    const client = await world.client();
    const { items } = await client.listProcesses({});
    expect(items.map(({ name, state }) => [name, state])).toEqual([
      ['data-watcher', 'running'],
      ['pipeline-monitor', 'running'],
    ]);
    expect((await client.getProcess({ name: 'pipeline-monitor' })).manifest).toBe(monitor);
  });

  test('all that can be loaded is, and what cannot is listed with the reason', async () => {
    await using world = await createWorld({ journal: 'sqlite', expects: ['cannot be used'] });
    const runtime = await world.runtime();
    const folder = folderOf(world, {
      'a.agent': scripted('good', '', 'return 1'),
      'b.agent': 'version: "1.0"\nname: bad\nmodle: script\n',
      'c.agent': 'name: [',
      'd.agent': monitor.replace('*/5 * * * *', '61 * * * *'),
      'e.agent': scripted('good', '', 'return 2'),
      'notes.txt': 'name: not-an-agent',
      '.hidden.agent.swp': 'x',
    });
    const report = await runtime.loadDirectory(folder);
    expect(report.created).toEqual(['good']);
    expect(report.failed.map(({ file, code }) => [file.slice(folder.length + 1), code])).toEqual([
      ['b.agent', 'UNKNOWN_FIELD'],
      ['c.agent', 'MANIFEST_INVALID'],
      ['d.agent', 'CRON_INVALID'],
      ['e.agent', 'NAME_TAKEN'],
    ]);
    expect(report.failed[0]?.message).toContain('line 3: There is no setting called modle here. Did you mean model?');
    expect(report.failed[2]?.message).toContain(
      'line 9: The schedule "61 * * * *" cannot be used: minute 61 is above 59.',
    );
    expect(report.failed[3]?.message).toContain('a.agent');
    expect(runtime.list().map(({ name }) => name)).toEqual(['good']);
  });

  test('loaded again, what has not changed is left alone, and what has is updated while it runs', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const runtime = await world.runtime();
    const folder = folderOf(world, {
      'a.agent': scripted('a', '', 'return 1'),
      'b.agent': scripted('b', '', 'return 1'),
    });
    await runtime.loadDirectory(folder);
    await runtime.startAll();
    writeFileSync(join(folder, 'b.agent'), scripted('b', '', 'return 2'));
    expect(await runtime.loadDirectory(folder)).toMatchObject({ created: [], updated: ['b'], unchanged: ['a'] });
    expect([runtime.get('b').state, runtime.get('b').snapshot.version]).toEqual(['running', 2]);
    await world.restart('killed');
    const next = await world.runtime();
    expect(await next.loadDirectory(folder)).toMatchObject({ created: [], updated: [], unchanged: ['a', 'b'] });
    expect(next.list().map(({ state }) => state)).toEqual(['running', 'running']);
  });

  test('three agents handle an incident: they hear each other, in order, once, also when the program is killed', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const folder = folderOf(world, {
      'monitor.agent': scripted('monitor', '', `await agent.emit('alert.raised', { n: event.payload.n }); return null`),
      'analyst.agent': scripted(
        'analyst',
        'alert.*',
        `await agent.emit('cause.found', { n: event.payload.data.n, by: event.payload.source }); return null`,
      ),
      'responder.agent': scripted(
        'responder',
        'cause.found',
        `await agent.context.set('fixed', [...(agent.context.get('fixed') ?? []), event.payload.data.n]); await agent.emit('incident.closed', event.payload.data); return null`,
      ),
    });
    let runtime = await world.runtime();
    await runtime.loadDirectory(folder);
    await runtime.startAll();
    let client = await world.client();
    const closed = new Map<string, BusEvent>();
    const listen = () => runtime.bus.subscribe('incident.closed', (event) => void closed.set(event.id, event));
    listen();
    for (let n = 1; n <= 5; n++) await client.wakeProcess({ name: 'monitor', payload: { n } });
    await until(() => closed.size > 0);
    await world.restart('killed');
    runtime = await world.runtime();
    listen();
    client = await world.client();
    for (let n = 6; n <= 8; n++) await client.wakeProcess({ name: 'monitor', payload: { n } });
    await until(() => runtime.list().every(({ snapshot }) => snapshot.queue.size === 0 && snapshot.outbox.size === 0));
    expect(runtime.get('responder').snapshot.context.get('fixed')?.value).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(runtime.get('responder').snapshot.counts).toMatchObject({ accepted: 8, done: 8 });
    expect([...closed.values()].map(({ data }) => (data as { n: number }).n).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const { items } = await client.listEvents({ type: 'incident.closed' });
    expect(items).toHaveLength(8);
    expect(items.every(({ source }) => source === 'responder')).toBe(true);
  });

  test('what was said just before the program ended in order is heard after the next start', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const folder = folderOf(world, {
      'speaker.agent': scripted(
        'speaker',
        '',
        `for (let n = 0; n < 50; n++) await agent.emit('said', event.payload.n); return null`,
      ),
      'listener.agent': scripted('listener', 'said', 'return null'),
    });
    let runtime = await world.runtime();
    await runtime.loadDirectory(folder);
    await runtime.startAll();
    const client = await world.client();
    for (let n = 0; n < 4; n++) await client.wakeProcess({ name: 'speaker', payload: { n } });
    await until(() => runtime.get('listener').snapshot.counts.accepted > 0);
    await world.restart('closed');
    runtime = await world.runtime();
    await until(() => runtime.get('listener').snapshot.counts.accepted >= 200);
    expect(runtime.get('listener').snapshot.counts).toMatchObject({ accepted: 200 });
  });

  test('all can be paused and go on: what was suspended by hand stays so', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const runtime = await world.runtime();
    const agents = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [`${name}.agent`, scripted(name, '', 'return 1')]),
    );
    await runtime.loadDirectory(folderOf(world, { ...agents, 'd.agent': `${agents['d.agent']}autostart: false\n` }));
    const client = await world.client();
    expect((await client.startAll({})).processes).toEqual(['a', 'b', 'c']);
    await client.suspendProcess({ name: 'b', reason: 'by hand' });
    expect((await client.pauseAll({})).processes.sort()).toEqual(['a', 'c']);
    await client.resumeAll({});
    expect(runtime.list().map(({ state }) => state)).toEqual(['running', 'suspended', 'running', 'created']);
    await client.stopAll({});
    expect(runtime.list().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped', 'created']);
  });
});
