import { appendFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { script } from '../world/make.ts';
import { bodiesOf, drained } from '../world/outcomes.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();
const hour = 3_600_000;

describe('a process and its triggers, on a real journal', () => {
  test('cron: fires while it runs, and after a kill accounts for every hour in between', async () => {
    await using world = await createWorld({ journal: 'sqlite', clock: 'hand', sandbox });
    const clockwork = script(`await agent.tool('put', { what: event.payload.scheduled_time.slice(11, 16) })`);
    const process = await world.started('p', {
      ...clockwork,
      triggers: [{ type: 'cron', cronExpression: '0 * * * *' }],
    });
    await world.clock.advance(2 * hour);
    await drained(process);
    expect(world.ledger.done('put')).toEqual(['01:00', '02:00']);
    await world.restart('killed');
    await world.clock.advance(4 * hour);
    const next = await world.takenUp('p');
    await world.clock.advance(hour);
    await drained(next);
    expect(world.ledger.done('put')).toEqual(['01:00', '02:00', '06:00', '07:00']);
    expect(await bodiesOf(world, next, 'occurrence.noted')).toMatchObject([
      { trigger: 'cron', outcome: 'coalesced', count: 3, reason: 'the node was off' },
    ]);
  });

  test('file watch: each change is one run, also those made while the node was down', async () => {
    await using world = await createWorld({ journal: 'sqlite', sandbox });
    const folder = scratchFolder();
    const watching = script(`await agent.tool('put', { what: event.payload.event_type + ' ' + event.payload.name })`);
    const triggers = [
      {
        type: 'file_watch' as const,
        watchPath: folder,
        watchPatterns: ['*.csv'],
        watchEvents: ['created' as const, 'modified' as const, 'deleted' as const, 'moved' as const],
        watchDebounceSeconds: 0.05,
      },
    ];
    await world.started('p', { ...watching, triggers });
    await writeFile(join(folder, 'a.csv'), '1');
    await writeFile(join(folder, 'b.csv'), '1');
    await world.until(() => world.ledger.done('put').length === 2);
    await world.restart('killed');
    await appendFile(join(folder, 'a.csv'), '2');
    await rename(join(folder, 'b.csv'), join(folder, 'c.csv'));
    await writeFile(join(folder, 'd.csv'), '1');
    await world.takenUp('p');
    await world.until(() => world.ledger.done('put').length === 5);
    await unlink(join(folder, 'd.csv'));
    await world.until(() => world.ledger.done('put').length === 6);
    await world.restart('killed');
    await drained(await world.takenUp('p'));
    expect([...world.ledger.done('put')].sort()).toEqual([
      'created a.csv',
      'created b.csv',
      'created d.csv',
      'deleted d.csv',
      'modified a.csv',
      'moved c.csv',
    ]);
  });

  test('webhook: what was answered with 202 runs once, also after a kill and when it is sent again', async () => {
    await using world = await createWorld({ journal: 'sqlite', sandbox });
    const hooked = script(`await agent.tool('put', { what: event.payload.n })`);
    await world.started('p', { ...hooked, triggers: [{ type: 'webhook', webhookPath: '/in' }] });
    const send = (n: number) =>
      world
        .alive('p')
        .receiver('in')
        .receive({
          method: 'POST',
          path: '/hooks/p/in',
          query: {},
          headers: { 'content-type': 'application/json', 'idempotency-key': `k${n}` },
          body: Buffer.from(JSON.stringify({ n })),
          remoteAddress: '127.0.0.1',
        });
    for (let n = 1; n <= 3; n++) expect((await send(n)).status).toBe(202);
    await world.restart('killed');
    const process = await world.takenUp('p');
    expect((await send(2)).body).toMatchObject({ duplicate: true });
    expect((await send(4)).body).toMatchObject({ duplicate: false });
    await drained(process);
    expect([...world.ledger.done('put')].sort()).toEqual([1, 2, 3, 4]);
  });
});
