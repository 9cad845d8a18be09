import { describe, expect, test } from 'vitest';
import { SqliteJournal } from '../../src/main/journal/sqlite-journal.ts';
import { ReadModels } from '../../src/main/journal/tables/read-models.ts';
import { rebuildReadModels } from '../../src/main/runtime/keeping/rebuild.ts';
import { newsOf } from '../../src/main/runtime/telling/news.ts';
import { openDatabase } from '../../src/main/store/database.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import type { NewEntry } from '../../src/shared/entries/journal-entries.ts';
import { draws } from '../world/draws.ts';
import { handRuntime } from '../world/hand-runtime.ts';
import { writeHistory } from '../world/random-history.ts';
import { create, deadEvent, only, open, same } from '../world/told-inbox.ts';
import { until } from '../world/until.ts';

describe('ten thousand', () => {
  test('failures are one item, listed and counted in a moment, and delivered again a thousand at a time', async () => {
    const node = await handRuntime();
    await create(node, 'sync', 'return 1;');
    await node.api.stopProcess({ name: 'sync' });
    const { journaled } = node.runtime.get('sync');
    for (let from = 0; from < 10_000; from += 1_000) {
      const entries = Array.from({ length: 1_000 }, (_, index): NewEntry[] => {
        return deadEvent(`evt_${String(from + index).padStart(26, '0')}`);
      });
      await journaled.append('fail', entries.flat());
    }
    const began = performance.now();
    const item = await only(node, 'failure');
    expect(item).toMatchObject({ count: 10_000, about: { waiting: 10_000 } });
    expect((await node.api.node({})).needsYou).toBe(1);
    expect(performance.now() - began).toBeLessThan(250);
    await node.api.answerInboxItem({ id: item.id, answer: 'redeliver' });
    expect(await only(node, 'failure')).toMatchObject({ id: item.id, about: { waiting: 9_000 } });
    await node.api.answerInboxItem({ id: item.id, answer: 'dismiss' });
    expect(await open(node)).toEqual([]);
    expect((await node.api.getProcess({ name: 'sync' })).waiting).toBe(1_000);
  });

  test('unread results slow down neither a count nor a page, and hide nothing that waits', async () => {
    const node = await handRuntime();
    await create(node, 'asker', 'return await agent.ask("Shall I?");');
    await node.api.wakeProcess({ name: 'asker' });
    await until(async () => (await open(node, 'question'))[0]);
    const insert = node.runtime.database.prepare(
      `INSERT INTO read_inbox (id, process, run_id, step, kind, item, opened_at, about, count, latest_at, opened_seq)
       VALUES (?, 'asker', '', 0, 'finished', ?, 0, ?, 1, 0, 0)`,
    );
    const shown = { title: 'x', question: 'y', about: {}, choices: ['read'], expiresAt: null, fallback: null };
    node.runtime.database.transaction(() => {
      for (let n = 0; n < 10_000; n++) {
        const id = `itm_z${n}`;
        insert.run(id, JSON.stringify({ id, kind: 'finished', ...shown }), String(n));
      }
    })();
    const began = performance.now();
    for (let times = 0; times < 20; times++) {
      expect(await node.api.node({})).toMatchObject({ needsYou: 1, unread: 10_000 });
      expect((await node.api.listInbox({ kind: 'question,failure,missed' })).items).toHaveLength(1);
      expect((await node.api.listInbox({ kind: 'finished', limit: 50 })).items).toHaveLength(50);
    }
    expect((performance.now() - began) / 20).toBeLessThan(50);
    const { next } = await node.api.listInbox({ kind: 'finished', limit: 50 });
    const second = await node.api.listInbox({ kind: 'finished', limit: 50, cursor: next ?? '' });
    expect(second.items.every(({ id }) => id < (next ?? ''))).toBe(true);
  });
});

describe('an answer that a kill cuts off', () => {
  test('can be given again, and each event is delivered again once', async () => {
    let node = await handRuntime();
    await create(node, 'sync', 'throw new Error("no answer");', { max_consecutive_failures: 1_000 });
    await node.api.stopProcess({ name: 'sync' });
    const ids = Array.from({ length: 150 }, (_, index) => `evt_${String(index).padStart(26, '0')}`);
    await node.runtime.get('sync').journaled.append(
      'fail',
      ids.flatMap((id) => deadEvent(id)),
    );
    const { id } = await only(node, 'failure');
    const cut = node.api.answerInboxItem({ id, answer: 'redeliver' }).catch(() => {});
    const accepted = async () => (await node.runtime.journal.read('sync', { kinds: ['event.accepted'] })).slice(150);
    await until(async () => (await accepted()).length > 0);
    node = await node.kill();
    await cut;
    expect((await accepted()).length).toBeLessThan(150);
    await node.api.answerInboxItem({ id, answer: 'redeliver' });
    const redelivered = (await accepted()).map(({ body }) => (body as { redelivers?: string }).redelivers);
    expect(redelivered.toSorted()).toEqual(ids);
    expect(await open(node)).toEqual([]);
    await same(node);
  });
});

describe('the tables', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'of a made-up history are the same when they are made again, DRAWS=%i',
    async (seed) => {
      const database = openDatabase(':memory:', runtimeMigrations);
      const journal = new SqliteJournal(database, new ReadModels(database));
      await writeHistory(journal, 'p', draws(seed), 300);
      expect(database.prepare('SELECT count(*) FROM read_inbox WHERE about IS NOT NULL').pluck().get()).not.toBe(0);
      expect(await rebuildReadModels(database, journal)).toMatchObject({ differences: [] });
      await journal.close();
      database.close();
    },
  );
});

describe('news', () => {
  test('tells of missed times, of a result beside its run, and of a wrong clock, each with an id of its own', () => {
    const entry = { process: 'p', seq: 7, at: 1_000, epoch: 0, commit: 'c', hash: '' } as const;
    const settled = {
      run: 'run_1',
      event: 'evt_1',
      outcome: 'done',
      output: 'fine',
      effects: [{ type: 'result', text: 'Read me.' }],
      result: true,
    };
    const missed = { trigger: 't', first: 1, instant: 9, count: 2, outcome: 'missed', reason: 'the node was off' };
    const clock = { section: 'clock', settings: { reason: 'It is years behind.' }, by: 'runtime' };
    const told = (kind: string, body: object) => newsOf({ ...entry, kind, body } as never);
    expect(told('run.settled', settled)).toMatchObject([
      { id: 'p.7', kind: 'run.done' },
      { id: 'p.7.result', kind: 'inbox.result', text: 'Read me.', run: 'run_1', item: expect.stringMatching(/^itm_/) },
    ]);
    expect(told('occurrence.noted', missed)).toMatchObject([
      { kind: 'schedule.missed', title: 'p missed 2 planned times' },
    ]);
    expect(told('occurrence.noted', { ...missed, outcome: 'coalesced' })).toEqual([]);
    expect(told('node.configured', clock)).toMatchObject([{ kind: 'node.clock', text: 'It is years behind.' }]);
    expect(told('node.configured', { ...clock, section: 'budget' })).toEqual([]);
  });
});
