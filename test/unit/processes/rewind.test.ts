import { describe, expect, onTestFinished, test } from 'vitest';
import { applyEntry } from '../../../src/main/journal/fold/fold.ts';
import { emptySnapshot, type Snapshot, snapshotHash } from '../../../src/main/journal/fold/snapshot.ts';
import { replay } from '../../../src/main/journal/replay.ts';
import { planRewind } from '../../../src/main/processes/replays/rewind.ts';
import { caughtLater } from '../../world/caught.ts';
import { draws } from '../../world/draws.ts';
import { journalKinds } from '../../world/journals.ts';
import { writeHistory } from '../../world/random-history.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

const starts = process.env['DRAWS'] ? [Number(process.env['DRAWS'])] : [1, Math.floor(Math.random() * 2 ** 31)];
const stateOf = ({ context, conversation }: Readonly<Snapshot>) => JSON.stringify([[...context], conversation]);

describe.each(journalKinds)('a process in a $name journal', (kind) => {
  test.each(starts)(
    'that is set back to any entry keeps exactly what it kept then, and open runs what they began with, DRAWS=%i',
    async (start) => {
      const { journal, close } = await kind.open(scratchFolder());
      onTestFinished(close);
      const chance = draws(start);
      const { contextAtStart } = await writeHistory(journal, 'p', chance, 200);
      const live = emptySnapshot('p');
      const then: { life: number; state: string }[] = [{ life: 0, state: '' }];
      const follow = async () => {
        for (const entry of await journal.read('p', { after: live.seq })) {
          applyEntry(live, entry);
          then.push({ life: live.life, state: stateOf(live) });
        }
      };
      await follow();
      for (let times = 0; times < 25; times++) {
        const to = chance.int(1, live.seq);
        const there = then[to] as { life: number; state: string };
        const mode = chance.one(['both', 'context', 'conversation'] as const);
        if (there.life !== live.life) {
          expect(await caughtLater(planRewind(journal, live, to, mode, 'ada'))).toMatchObject({
            code: 'REQUEST_INVALID',
          });
          continue;
        }
        const before = { context: [...live.context], conversation: [...live.conversation] };
        const { entry } = await planRewind(journal, live, to, mode, 'ada');
        await journal.append({ process: 'p', commit: 'rewind', entries: [{ kind: 'journal.rewound', body: entry }] })
          .durable;
        await follow();
        const [context, conversation] = JSON.parse(there.state) as [unknown, unknown];
        expect([...live.context]).toEqual(mode === 'conversation' ? before.context : context);
        expect(live.conversation).toEqual(mode === 'context' ? before.conversation : conversation);
      }
      for (const fromStart of [true, false]) {
        expect(snapshotHash((await replay(journal, 'p', { fromStart })).snapshot)).toBe(snapshotHash(live));
      }
      for (const [id, run] of live.runs) {
        const atStart = new Map([...live.context].map(([key, { value }]) => [key, value]));
        for (const [key, was] of run.base) was ? atStart.set(key, was.value) : atStart.delete(key);
        expect(new Map([...atStart].sort())).toEqual(new Map([...(contextAtStart.get(id) ?? [])].sort()));
      }
    },
  );
});
