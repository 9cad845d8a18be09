import { expect, test } from 'vitest';
import {
  type BatchWriter,
  GroupCommit,
  type NumberedBatch,
  type StreamHead,
} from '../../../src/main/journal/group-commit.ts';
import { systemClock } from '../../../src/main/lib/clock.ts';
import { type Deferred, deferred } from '../../../src/main/lib/deferred.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { caught, caughtLater } from '../../world/caught.ts';
import { newEntry, said } from '../../world/journals.ts';
import { until } from '../../world/until.ts';

interface Write {
  batches: readonly NumberedBatch[];
  done: Deferred<void>;
}

/** A store that writes when the test says so. */
class SlowStore implements BatchWriter {
  readonly writes: Write[] = [];
  readonly kept = new Map<string, NumberedBatch['entries'][number][]>();

  write(batches: readonly NumberedBatch[]): Promise<void> {
    const done = deferred();
    this.writes.push({ batches, done });
    return done.promise.then(() => {
      for (const { process, entries } of batches)
        this.kept.set(process, [...(this.kept.get(process) ?? []), ...entries]);
    });
  }

  head(process: string): StreamHead {
    const last = this.kept.get(process)?.at(-1);
    return { seq: last?.seq ?? 0, hash: last?.hash ?? '', epoch: last?.epoch ?? 0 };
  }

  fence(): void {}

  async next(): Promise<Write> {
    await until(() => this.writes.length > 0);
    return this.writes.shift() as Write;
  }
}

const full = new RuntimeError('DISK_FULL', 'It is full.');

async function opened(
  ...processes: string[]
): Promise<{ store: SlowStore; group: GroupCommit; say: (process: string, text: string) => Promise<void> }> {
  const store = new SlowStore();
  const group = new GroupCommit(store, systemClock);
  for (const process of processes) await group.open(process);
  return {
    store,
    group,
    say: (process, text) => group.append({ process, commit: 'say', entries: [said(text, text)] }).durable,
  };
}

const keptOf = (store: SlowStore, process: string) =>
  (store.kept.get(process) ?? []).map(({ seq, key }) => `${seq} ${key}`);

test('what is appended while a group is written goes into the next one, together', async () => {
  const { store, say } = await opened('a', 'b');
  const first = say('a', 'a1');
  const write = await store.next();
  const later = Promise.all([say('b', 'b1'), say('a', 'a2')]);
  expect(store.writes).toEqual([]);
  write.done.resolve();
  await first;
  const next = await store.next();
  expect(next.batches.map(({ process }) => process)).toEqual(['b', 'a']);
  next.done.resolve();
  await later;
  expect(keptOf(store, 'a')).toEqual(['1 a1', '2 a2']);
});

test('a batch that fails takes along what its process appended before that was known, and nothing else', async () => {
  const { store, group, say } = await opened('a', 'b');
  const faulty = say('a', 'faulty');
  const write = await store.next();
  const onTop = say('a', 'on top');
  const other = say('b', 'b1');
  write.done.reject(full);
  expect(await caughtLater(faulty)).toBe(full);
  expect(await caughtLater(onTop)).toBe(full);
  expect(group.freshKey('a', 'on top')).toBeUndefined();
  (await store.next()).done.resolve();
  await other;
  expect(keptOf(store, 'a')).toEqual([]);
  expect(keptOf(store, 'b')).toEqual(['1 b1']);
});

test('a group that fails is written batch by batch, and what comes meanwhile waits or fails with its process', async () => {
  const { store, group, say } = await opened('a', 'b', 'c');
  const [good, faulty, onTop, fine] = [say('c', 'c1'), say('a', 'faulty'), say('a', 'a2'), say('b', 'b1')];
  const whole = await store.next();
  expect(whole.batches).toHaveLength(4);
  whole.done.reject(new RuntimeError('INTERNAL', 'as a whole'));
  (await store.next()).done.resolve();
  await good;
  const alone = await store.next();
  expect(alone.batches.map(({ process }) => process)).toEqual(['a']);
  const meanwhile = say('a', 'a3');
  const unharmed = say('c', 'c2');
  alone.done.reject(full);
  for (const failed of [faulty, onTop, meanwhile]) expect(await caughtLater(failed)).toBe(full);
  // The stream may be opened at once, while the rest of the group is still being written.
  expect(caught(() => say('a', 'unopened')).code).toBe('INTERNAL');
  expect(await group.open('a')).toEqual({ seq: 0, hash: '' });
  const again = say('a', 'again');
  (await store.next()).done.resolve();
  await fine;
  const last = await store.next();
  expect(last.batches.map(({ process }) => process)).toEqual(['c', 'a']);
  last.done.resolve();
  await Promise.all([unharmed, again]);
  expect(keptOf(store, 'a')).toEqual(['1 again']);
  expect(keptOf(store, 'c')).toEqual(['1 c1', '2 c2']);
});

test('a body that is not JSON is refused and leaves no hole in the numbers', async () => {
  const { store, group } = await opened('a');
  const append = (body: unknown) =>
    group.append({ process: 'a', commit: 'say', entries: [said('first', 'k'), newEntry('context.set', body)] });
  expect(() => append({ key: 1n })).toThrow(TypeError);
  expect(group.freshKey('a', 'k')).toBeUndefined();
  const { entries, durable } = append({ key: 'fine' });
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2]);
  (await store.next()).done.resolve();
  await durable;
});

test('two who open a stream at once go on from the same end', async () => {
  const store = new SlowStore();
  const heads: Deferred<StreamHead>[] = [];
  const group = new GroupCommit(
    {
      write: (batches) => store.write(batches),
      fence: () => {},
      head() {
        const head = deferred<StreamHead>();
        heads.push(head);
        return head.promise;
      },
    },
    systemClock,
  );
  const [one, two] = [group.open('a'), group.open('a')];
  heads[0]?.resolve({ seq: 4, hash: 'h', epoch: 0 });
  await one;
  const { entries } = group.append({ process: 'a', commit: 'say', entries: [said('x')] });
  heads[1]?.resolve({ seq: 4, hash: 'h', epoch: 0 });
  expect(entries[0]?.seq).toBe(5);
  expect(await two).toEqual({ seq: 5, hash: entries[0]?.hash });
});

test('closing waits for what was appended, also when it fails', async () => {
  const { store, group, say } = await opened('a', 'b');
  const failing = say('a', 'a1');
  const write = await store.next();
  const waiting = say('b', 'b1');
  let isClosed = false;
  const closing = group.close().then(() => (isClosed = true));
  expect(caught(() => say('b', 'late')).code).toBe('JOURNAL_CLOSED');
  write.done.reject(full);
  expect((await caughtLater(failing)).code).toBe('DISK_FULL');
  const last = await store.next();
  expect(isClosed).toBe(false);
  last.done.resolve();
  await waiting;
  await closing;
});
