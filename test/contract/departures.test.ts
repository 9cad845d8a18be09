import { expect, onTestFinished, test } from 'vitest';
import { Departures } from '../../src/main/cluster/postgres/departures.ts';
import { PostgresJournal } from '../../src/main/journal/postgres-journal.ts';
import { Postgres } from '../../src/main/store/postgres.ts';
import { postgresBin, postgresDatabase } from '../world/postgres-server.ts';
import { scratchFolder } from '../world/scratch-folder.ts';

const heardUpTo = (seq: number) => new Map([['teller', { epoch: 1, seq }]]);

test.skipIf(!postgresBin)(
  'a process that leaves while it is still being brought what it missed has a departure for the next node, with the place it began at',
  async () => {
    const postgres = await Postgres.open(await postgresDatabase(scratchFolder()));
    const journal = await PostgresJournal.open(postgres, { node: 'b' });
    onTestFinished(async () => {
      await journal.close();
      await postgres.close();
    });
    const [atA, atB] = [new Departures(postgres, 'a'), new Departures(postgres, 'b')];
    await atA.leave('ear', 1, heardUpTo(5));
    const begun = await atB.of('ear');
    // It goes on from `b` before `b` has brought it everything that `a` did not.
    await atB.leave('ear', 2, heardUpTo(9));
    if (begun) await atB.end(begun);
    expect(await atB.of('ear')).toEqual({ process: 'ear', node: 'a', epoch: 2, positions: heardUpTo(5) });
    const next = await atB.of('ear');
    if (next) await atB.end(next);
    expect(await atB.of('ear')).toBeUndefined();
    await atB.leave('ear', 3, heardUpTo(12));
    await atB.leave('ear', 3, heardUpTo(11));
    expect(await atB.of('ear')).toMatchObject({ node: 'b', epoch: 3, positions: heardUpTo(11) });
  },
);
