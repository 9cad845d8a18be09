import { expect, onTestFinished, test } from 'vitest';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { deferred } from '../../../src/main/lib/deferred.ts';
import { AgentProcess } from '../../../src/main/processes/agent-process.ts';
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

async function started(journal: MemoryJournal): Promise<AgentProcess> {
  const process = new AgentProcess({ name: 'p', config, journal });
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
