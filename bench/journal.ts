import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Sqlite from 'better-sqlite3';
import { snapshotHash, snapshotToJson } from '../src/main/journal/fold/snapshot.ts';
import type { Journal } from '../src/main/journal/journal.ts';
import { JsonlJournal } from '../src/main/journal/jsonl-journal.ts';
import { MemoryJournal } from '../src/main/journal/memory-journal.ts';
import { replay, verifyChain } from '../src/main/journal/replay.ts';
import { SqliteJournal } from '../src/main/journal/sqlite-journal.ts';
import { openDatabase } from '../src/main/store/database.ts';
import { runtimeMigrations } from '../src/main/store/migrations.ts';
import type { NewEntry } from '../src/shared/entries/journal-entries.ts';
import { benchFolder } from './child.ts';

/**
 * What the journal costs: 200,000 entries of about 335 bytes, appended one by one (each durable before the next) and
 * 64 in a turn, then replayed. The floor is better-sqlite3 with the same texts, without numbers, chain or keys, in the
 * same run, so the ratios hold where absolute figures do not. Run: node bench/journal.ts [--only sqlite] [--json]
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    entries: { type: 'string' },
    single: { type: 'string' },
    json: { type: 'boolean' },
  },
});
const entries = Number(values.entries ?? 200_000);
const single = Number(values.single ?? 4_000);
const group = 64;

/** Event after event is accepted, run in one step and settled: five entries each, of which one has a key. */
function entryNumber(n: number): NewEntry {
  const id = Math.floor(n / 5);
  const event = `evt_${String(id).padStart(26, '0')}`;
  const run = `run_${String(id).padStart(26, '0')}`;
  const step = {
    run,
    step: 1,
    kind: 'tool',
    name: 'files.read',
    argsHash: 'Jc0e3dJ1uOeYgkRzTq0l1w9oZb1X5c2d3e4f5g6h7i8',
  } as const;
  switch (n % 5) {
    case 0:
      return {
        kind: 'event.accepted',
        key: `1/orders:${event}`,
        body: {
          id: event,
          trigger: 'orders',
          kind: 'webhook',
          dedupeKey: event,
          payload: { order: id, text: 'x'.repeat(90) },
          metadata: {},
          taint: ['webhook:orders'],
          priority: 5,
          notBefore: null,
          expiresAt: null,
        },
      };
    case 1:
      return {
        kind: 'run.started',
        body: { id: run, event, definition: 'd'.repeat(43), attempt: 1, taint: ['webhook:orders', 'x'.repeat(160)] },
      };
    case 2:
      return {
        kind: 'step.intended',
        body: { ...step, args: { path: 'x'.repeat(70) }, callKey: 'k'.repeat(52), repeatable: true, attempt: 1 },
      };
    case 3:
      return {
        kind: 'step.ended',
        body: { ...step, outcome: 'ok', result: 'x'.repeat(110), effects: [], durationMs: 3 },
      };
    default:
      return {
        kind: 'run.settled',
        body: {
          run,
          event,
          outcome: 'done',
          output: 'x'.repeat(40),
          effects: [],
          usage: { modelCalls: 0, toolCalls: 1, inputTokens: 0, outputTokens: 0, costUsd: 0 },
          steps: 1,
          startedAt: 1_795_345_069_117,
          keptMessages: 40,
        },
      };
  }
}

interface Rate {
  perSecond: number;
  /** Microseconds of processor time for each; unlike the rate it holds on a machine that is busy with other things. */
  cpuUs: number;
}
interface Figures {
  oneByOne: Rate;
  grouped: Rate;
  replayed: Rate;
  verified?: Rate;
  recoveryMs?: number;
}

async function timed(count: number, work: () => unknown): Promise<Rate> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: Math.round((count / (performance.now() - start)) * 1_000),
    cpuUs: Math.round(((user + system) / count) * 100) / 100,
  };
}

async function measure(journal: Journal): Promise<Figures> {
  await journal.open('p');
  let n = 0;
  const append = () => journal.append({ process: 'p', commit: 'settle-run', entries: [entryNumber(n++)] }).durable;
  const oneByOne = await timed(single, async () => {
    for (let i = 0; i < single; i++) await append();
  });
  const rest = entries - single;
  const grouped = await timed(rest, async () => {
    for (let i = 0; i < rest; i += group) await Promise.all(Array.from({ length: Math.min(group, rest - i) }, append));
  });
  const replayed = await timed(entries, () => replay(journal, 'p', { fromStart: true }));
  const verified = await timed(entries, async () => {
    const report = await verifyChain(journal, 'p');
    if (!report.ok || report.entries !== entries) throw new Error(`the chain is broken: ${JSON.stringify(report)}`);
  });
  const { snapshot } = await replay(journal, 'p');
  await journal.append({
    process: 'p',
    commit: 'write-checkpoint',
    entries: [{ kind: 'checkpoint', body: { snapshot: snapshotToJson(snapshot), hash: snapshotHash(snapshot) } }],
  }).durable;
  for (let i = 0; i < 1_000; i++) void append();
  await append();
  const start = performance.now();
  await replay(journal, 'p');
  return { oneByOne, grouped, replayed, verified, recoveryMs: Math.round((performance.now() - start) * 10) / 10 };
}

/** The same texts in a table of our own, with the same settings. */
async function floor(folder: string): Promise<Figures> {
  const db = new Sqlite(join(folder, 'floor.db'));
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL']) db.pragma(pragma);
  db.exec(
    'CREATE TABLE entries (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT',
  );
  const insert = db.prepare('INSERT INTO entries (at, kind, body) VALUES (?, ?, ?)');
  let n = 0;
  const write = () => {
    const { kind, body } = entryNumber(n++);
    insert.run(Date.now(), kind, JSON.stringify(body));
  };
  const oneByOne = await timed(single, () => {
    for (let i = 0; i < single; i++) write();
  });
  const rest = entries - single;
  const writeGroup = db.transaction((count: number) => {
    for (let i = 0; i < count; i++) write();
  });
  const grouped = await timed(rest, () => {
    for (let i = 0; i < rest; i += group) writeGroup(Math.min(group, rest - i));
  });
  const page = db.prepare('SELECT seq, at, kind, body FROM entries WHERE seq > ? ORDER BY seq LIMIT 1000').raw();
  const replayed = await timed(entries, () => {
    for (let after = 0, read = 0; read < entries; read += 1_000) {
      const rows = page.all(after) as [number, number, string, string][];
      for (const row of rows) JSON.parse(row[3]);
      after = rows.at(-1)?.[0] as number;
    }
  });
  db.close();
  return { oneByOne, grouped, replayed };
}

const kinds: Record<string, (folder: string) => Promise<Figures>> = {
  floor,
  memory: () => measure(new MemoryJournal()),
  async jsonl(folder) {
    const journal = await JsonlJournal.open(join(folder, 'jsonl'));
    const figures = await measure(journal);
    await journal.close();
    const start = performance.now();
    await (await JsonlJournal.open(join(folder, 'jsonl'))).close();
    process.stderr.write(`jsonl: a start scans ${entries} entries in ${Math.round(performance.now() - start)} ms\n`);
    return figures;
  },
  async sqlite(folder) {
    const db = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
    const figures = await measure(new SqliteJournal(db));
    db.close();
    return figures;
  },
};

const folder = benchFolder();
try {
  const table: Record<string, Figures> = {};
  for (const [name, run] of Object.entries(kinds)) {
    if (values.only === undefined || name === 'floor' || values.only.split(',').includes(name))
      table[name] = await run(folder);
  }
  const base = table['floor'] as Figures;
  const show = (ours: Rate | undefined, floor: Rate | undefined) => {
    if (!ours) return '';
    const ratio = floor ? ` ${(ours.perSecond / floor.perSecond).toFixed(2)}×` : '';
    return `${ours.perSecond.toLocaleString('en')}${ratio}, ${ours.cpuUs} µs`;
  };
  const shown = Object.entries(table).map(([journal, { oneByOne, grouped, replayed, verified, recoveryMs }]) => ({
    journal,
    'one by one /s': show(oneByOne, base.oneByOne),
    'groups of 64 /s': show(grouped, base.grouped),
    'replay /s': show(replayed, base.replayed),
    'verify /s': show(verified, undefined),
    'recovery ms': recoveryMs ?? '',
  }));
  if (values.json) console.log(JSON.stringify(table));
  else console.table(shown);
} finally {
}
