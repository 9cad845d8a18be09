import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hashedEmbedder } from '../src/main/context/memory/hashed-embedder.ts';
import { localProvider } from '../src/main/context/memory/local-provider.ts';
import { openDatabase } from '../src/main/store/database.ts';
import { runtimeMigrations } from '../src/main/store/migrations.ts';
import { benchFolder } from './child.ts';

/**
 * Local memory: how often the memory that answers a question is among the first five, and how long finding it takes.
 * `node bench/memory.ts [--count 100000] [--queries 200] [--vectors]`. Sentences are made up from 4,000 words; a question
 * is half of the words of one sentence, out of order, with two that are not in it.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    queries: { type: 'string', default: '200' },
    vectors: { type: 'boolean', default: false },
  },
});
const count = Number(values.count);
const queries = Number(values.queries);
const signal = new AbortController().signal;

let state = 42;
const draw = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state % below;
};
const syllables = ['ba', 'ke', 'li', 'mo', 'nu', 'ra', 'se', 'ti', 'vo', 'zu', 'da', 'fe', 'gi', 'ho', 'pu', 'wa'];
const words = Array.from({ length: 4_000 }, (_, n) =>
  [n & 15, (n >> 4) & 15, (n >> 8) & 15].map((index) => syllables[index]).join(''),
);
// Some words are frequent and most are rare, as in any language.
const word = (): string => words[Math.floor((draw(1_000_000) / 1_000_000) ** 3 * words.length)] as string;
const sentence = (): string => Array.from({ length: 12 }, word).join(' ');

const folder = benchFolder();
const database = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
// The bench is about finding; what is stored for it need not survive it.
database.pragma('synchronous = OFF');
const provider = localProvider({
  database: () => database,
  log: console.error,
  ...(values.vectors ? { embedder: hashedEmbedder } : {}),
});
const provenance = { process: 'bench', run: null, step: null, source: 'bench', taint: [] };
const sentences = Array.from({ length: count }, sentence);
let begun = performance.now();
for (const [n, content] of sentences.entries())
  await provider.store('s', { id: `m${n}`, content, tags: [], at: n, provenance }, signal);
const storeMs = (performance.now() - begun) / count;

const times: number[] = [];
let hits = 0;
for (let n = 0; n < queries; n++) {
  const wanted = draw(count);
  const own = (sentences[wanted] as string).split(' ');
  const text = [...Array.from({ length: 6 }, () => own[draw(own.length)]), word(), word()].join(' ');
  begun = performance.now();
  const found = await provider.search('s', { text, limit: 5, signal });
  times.push(performance.now() - begun);
  if (found.some(({ id }) => id === `m${wanted}`)) hits++;
}
times.sort((a, b) => a - b);
const at = (part: number): string =>
  (times[Math.min(times.length - 1, Math.floor(times.length * part))] as number).toFixed(1);
console.log(
  `${count} memories, ${values.vectors ? 'words and vectors' : 'words'}: recall@5 ${(hits / queries).toFixed(3)}, search p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, store ${storeMs.toFixed(3)} ms`,
);
database.close();
