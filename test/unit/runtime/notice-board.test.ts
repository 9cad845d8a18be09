import { describe, expect, test, vi } from 'vitest';
import { NoticeBoard } from '../../../src/main/runtime/telling/notice-board.ts';
import type { JournalEntry } from '../../../src/shared/entries/journal-entries.ts';
import type { RuntimeNotice } from '../../../src/shared/notices.ts';

const changed = (process: string) => ({ kind: 'process.changed', process }) as const;

function watched(board: NoticeBoard, after: { seq: number; boot: string } | null) {
  const heard: RuntimeNotice[] = [];
  const stop = board.watch(after, (notice) => heard.push(notice));
  return { heard, stop, said: () => heard.map(({ kind, process }) => (kind === 'notices.gap' ? 'gap' : process)) };
}

describe('the notice board', () => {
  test('tells each watcher what comes, numbered without holes, until it leaves', () => {
    const board = new NoticeBoard();
    board.say(changed('before'));
    const first = watched(board, null);
    board.say(changed('a'));
    const second = watched(board, null);
    board.say(changed('b'));
    second.stop();
    board.say(changed('c'));
    expect(first.said()).toEqual(['a', 'b', 'c']);
    expect(first.heard.map(({ seq }) => seq)).toEqual([2, 3, 4]);
    expect(second.said()).toEqual(['b']);
    expect(board.watchers).toBe(1);
  });

  test('tells one that comes back what it missed, once and in order, then what is new', () => {
    const board = new NoticeBoard();
    const { boot } = board;
    for (const name of ['a', 'b', 'c', 'd']) board.say(changed(name));
    const back = watched(board, { seq: 2, boot });
    board.say(changed('e'));
    expect(back.said()).toEqual(['c', 'd', 'e']);
    expect(watched(board, { seq: 5, boot }).said()).toEqual([]);
    expect(watched(board, { seq: 0, boot }).said()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test.each([
    ['it watched another start of the node', { seq: 1, boot: 'other' }],
    ['it has seen more than there was', { seq: 9, boot: '' }],
  ])('tells it of a gap when %s', (_why, { seq, boot }) => {
    const board = new NoticeBoard();
    board.say(changed('a'));
    const back = watched(board, { seq, boot: boot || board.boot });
    board.say(changed('b'));
    expect(back.said()).toEqual(['gap', 'b']);
    expect(back.heard[0]?.seq).toBe(1);
  });

  test('tells it of a gap when what it missed is no longer kept, and keeps at least the newest ten thousand', () => {
    const board = new NoticeBoard();
    for (let n = 1; n <= 25_000; n++) board.say(changed(`p${n}`));
    expect(watched(board, { seq: 4_000, boot: board.boot }).said()).toEqual(['gap']);
    expect(watched(board, { seq: 15_000, boot: board.boot }).heard).toHaveLength(10_000);
  });

  test('tells two boots apart', () => {
    expect(new NoticeBoard().boot).not.toBe(new NoticeBoard().boot);
  });

  test('does not keep text that streams by: who missed it reads the answer', () => {
    const board = new NoticeBoard();
    const live = watched(board, null);
    board.say(changed('a'));
    board.say({ kind: 'step.text', process: 'a', run: 'run_1', step: 1, text: 'Hel' });
    board.say(changed('b'));
    expect(live.heard.map(({ kind }) => kind)).toEqual(['process.changed', 'step.text', 'process.changed']);
    expect(watched(board, { seq: 0, boot: board.boot }).said()).toEqual(['a', 'b']);
    expect(watched(board, { seq: 2, boot: board.boot }).said()).toEqual(['b']);
  });

  test('says of each entry what changed by it, and names event, run and item', () => {
    const board = new NoticeBoard();
    const live = watched(board, null);
    const entry = (kind: string, body: unknown) => ({ process: 'p', seq: 1, at: 5, kind, body }) as JournalEntry;
    const item = { id: 'itm_1', kind: 'question' };
    board.tell([
      entry('event.accepted', { id: 'evt_1' }),
      entry('run.started', { id: 'run_1', event: 'evt_1' }),
      entry('run.parked', { run: 'run_1', step: 2, item }),
      entry('run.settled', {
        run: 'run_1',
        event: 'evt_1',
        outcome: 'done',
        effects: [
          { type: 'context.set', key: 'a', value: 1 },
          { type: 'emit', eventType: 'x.y', data: 1 },
        ],
      }),
      entry('checkpoint', {}),
    ]);
    expect(live.heard.map(({ kind, at, state }) => [kind, at, state])).toEqual([
      ['event.changed', 5, 'waiting'],
      ['run.changed', 5, 'running'],
      ['run.changed', 5, 'parked'],
      ['inbox.changed', 5, 'open'],
      ['run.changed', 5, 'done'],
      ['context.changed', 5, undefined],
      ['bus.published', 5, undefined],
    ]);
    expect(live.heard.at(-1)).toMatchObject({ process: 'p', run: 'run_1', text: 'x.y' });
  });

  test('goes on telling the others when one watcher throws, and leaves the fault to the host', async () => {
    const board = new NoticeBoard();
    board.watch(null, () => {
      throw new RangeError('a bug');
    });
    const other = watched(board, null);
    const faults = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
      expect(task).toThrow('a bug');
    });
    board.say(changed('a'));
    expect(faults).toHaveBeenCalledTimes(1);
    faults.mockRestore();
    expect(other.said()).toEqual(['a']);
  });
});
