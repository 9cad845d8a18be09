import { expect, test } from 'vitest';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { verifyChain } from '../../../src/main/journal/replay.ts';
import { AgentProcess } from '../../../src/main/processes/agent-process.ts';
import { until } from '../../world/until.ts';

const config = {
  model: 'script',
  script: 'export default async (event, agent) => { agent.context.set("last", event.data); return "ok" }',
};

test('of two objects on one journal, the one that is behind writes nothing and says why', async () => {
  const journal = new MemoryJournal();
  const one = new AgentProcess({ name: 'twin', config, journal });
  await one.start();
  const other = new AgentProcess({ name: 'twin', config, journal });
  await other.load();
  await other.steering.setContext('by', 'other', 'user');
  const length = (await journal.read('twin')).length;

  await expect(one.steering.setContext('by', 'one', 'user')).rejects.toMatchObject({ code: 'JOURNAL_SHARED' });

  expect(await journal.read('twin')).toHaveLength(length);
  expect(one.halted).toMatchObject({ code: 'JOURNAL_SHARED' });
  await until(() => !one.isArmed);
  expect(other.snapshot.context.get('by')?.value).toBe('other');
  await other.close();

  // Started again, it reads what is there and goes on.
  await one.start();
  await one.steering.setContext('by', 'one', 'user');
  expect(one.snapshot.context.get('by')).toMatchObject({ value: 'one', version: 2 });
  expect(one.halted).toBeNull();
  expect(await verifyChain(journal, 'twin')).toMatchObject({ ok: true });
  await one.close();
});
