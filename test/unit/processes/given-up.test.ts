import { expect, onTestFinished, test } from 'vitest';
import type { Appended, Batch } from '../../../src/main/journal/journal.ts';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { deferred } from '../../../src/main/lib/deferred.ts';
import { AgentProcess } from '../../../src/main/processes/agent-process.ts';
import { defaultParts, type OpenParts } from '../../../src/main/processes/default-parts.ts';

import { RuntimeError } from '../../../src/shared/errors.ts';
import { caughtLater } from '../../world/caught.ts';

const gone = new RuntimeError('LEASE_LOST', '"p" goes on elsewhere.');
const config = { model: 'script', script: 'export default async function run() {}' };
const wake = (dedupeKey: string) => ({
  trigger: 'manual',
  kind: 'manual' as const,
  dedupeKey,
  payload: null,
  metadata: {},
  taint: [],
});

async function started(journal: MemoryJournal, parts?: OpenParts): Promise<AgentProcess> {
  const process = new AgentProcess({ name: 'p', config, journal, ...(parts ? { parts } : {}) });
  onTestFinished(() => process.close().catch(() => {}));
  await process.start();
  return process;
}

test('a process that goes on elsewhere accepts nothing from whoever still holds it', async () => {
  const journal = new MemoryJournal();
  const process = await started(journal);
  await process.close(0, gone);
  const { seq } = await journal.open('p');
  expect((await caughtLater(process.wake(wake('late')))).code).toBe('LEASE_LOST');
  expect((await caughtLater(process.start())).code).toBe('LEASE_LOST');
  expect((await journal.open('p')).seq).toBe(seq);
});

test('what was on its way in when it was let go is refused, not kept where nobody looks for it', async () => {
  const looked = deferred();
  const asked = deferred();
  class SlowJournal extends MemoryJournal {
    override async find(process: string, key: string): Promise<number | undefined> {
      asked.resolve();
      await looked.promise;
      return super.find(process, key);
    }
  }
  const journal = new SlowJournal();
  const process = await started(journal);
  const late = caughtLater(process.wake(wake('on its way')));
  await asked.promise;
  await process.close(0, gone);
  const { seq } = await journal.open('p');
  looked.resolve();
  expect((await late).code).toBe('LEASE_LOST');
  expect((await journal.open('p')).seq).toBe(seq);
});

test('a process that was closed and not given up can be started again', async () => {
  const journal = new MemoryJournal();
  const process = await started(journal);
  await process.close(0);
  await process.start();
  expect((await process.wake(wake('again'))).duplicate).toBe(false);
});

test('a process whose end cannot be written is let go all the same, and is recovered by whoever takes it up next', async () => {
  let isAway = false;
  class Unreachable extends MemoryJournal {
    override append(batch: Batch): Appended {
      if (!isAway) return super.append(batch);
      const error = new RuntimeError('DATABASE_UNREACHABLE', 'The database is away.');
      return { entries: [], durable: Promise.reject(error) };
    }
  }
  const outages: unknown[] = [];
  const journal = new Unreachable();
  const parts = defaultParts({ onOutage: (outage) => outages.push(outage) });
  onTestFinished(() => parts.close());
  const process = await started(journal, parts);
  isAway = true;
  await process.close();
  expect(outages.at(-1)).toBeNull();
  isAway = false;
  const next = await started(journal);
  const kinds = (await journal.read('p')).map(({ kind }) => kind);
  expect(kinds).toContain('process.recovered');
  expect(next.state).toBe('running');
});
