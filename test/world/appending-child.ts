import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { HighWaterMark } from '../../src/main/journal/high-water.ts';
import { journalKinds, said } from './journals.ts';

/**
 * A program that appends batches for three processes as fast as it can, and says on stdout, for each one that is
 * durable, which entries it had: `process first last`. It is made to be killed.
 */
const [kindName, folder] = process.argv.slice(2);
const kind = journalKinds.find(({ name }) => name === kindName);
if (!kind || folder === undefined) throw new Error('usage: appending-child.ts <kind> <folder>');
const { journal } = await kind.open(folder, { segmentBytes: 64 << 10 });
await HighWaterMark.open(join(folder, 'journal.hwm'), journal, { intervalMs: 2 });
const names = ['a', 'b', 'c'];
for (const name of names) await journal.open(name);

for (let turn = 0; ; turn++) {
  for (const name of names) {
    const size = 1 + ((turn * 7 + name.charCodeAt(0)) % 4);
    const entries = Array.from({ length: size }, (_, index) =>
      said(`${name} ${turn}.${index} of ${size} ${'pad '.repeat(turn % 50)}`),
    );
    const { entries: shown, durable } = journal.append({ process: name, commit: `batch-${turn}-${size}`, entries });
    void durable.then(() => writeSync(1, `${name} ${shown[0]?.seq} ${shown.at(-1)?.seq}\n`));
  }
  await new Promise(setImmediate);
}
