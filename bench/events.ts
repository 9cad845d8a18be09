import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Sqlite from 'better-sqlite3';
import { SqliteJournal } from '../src/main/journal/sqlite-journal.ts';
import { ReadModels } from '../src/main/journal/tables/read-models.ts';
import type { AgentProcess } from '../src/main/processes/agent-process.ts';
import { AgentRuntime } from '../src/main/runtime/agent-runtime.ts';
import { openDatabase } from '../src/main/store/database.ts';
import { runtimeMigrations } from '../src/main/store/migrations.ts';
import { benchFolder } from './child.ts';

/**
 * What an event costs from `publish` until it stands in the queues of all subscribers, each step durable: 100,000
 * events to one and to ten suspended processes, and one event alone. Beside it, in the same run, Node's own
 * EventEmitter and bare inserts into SQLite in groups of 256. Run: node bench/events.ts [--events 100000] [--json]
 */
const { values } = parseArgs({ options: { events: { type: 'string' }, json: { type: 'boolean' } } });
const total = Number(values.events ?? 100_000);
/** As many as fit into a queue; the queues are emptied in between, which is not measured. */
const wave = 5_000;
const data = { order: 1, text: 'x'.repeat(90) };

interface Figure {
  what: string;
  perSecond: number;
  /** CPU of this program for each event of the best wave, microseconds: moves less with what else the machine does. */
  cpuUs?: number;
  /** From `publish` until it is durable everywhere, of one event with none beside it. */
  p50Ms?: number;
}

async function subscribed(count: number): Promise<Figure> {
  const folder = benchFolder();
  const database = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
  const runtime = new AgentRuntime({ journal: new SqliteJournal(database, new ReadModels(database)), database });
  const processes: AgentProcess[] = [];
  for (let n = 0; n < count; n++) {
    const subscriber = await runtime.register({
      name: `p${n}`,
      config: {
        model: 'script',
        script: 'export default async () => {}',
        triggers: [{ type: 'event', eventType: 'orders.*' }],
      },
    });
    await subscriber.start();
    await subscriber.suspend();
    processes.push(subscriber);
  }
  const arrived = (many: number) =>
    new Promise<void>((done) => {
      const look = () =>
        processes.every(
          ({ snapshot, journaled }) => snapshot.queue.size >= many && journaled.durableSeq >= snapshot.seq,
        )
          ? done()
          : setImmediate(look);
      look();
    });
  const empty = async () => {
    for (const { journaled, snapshot } of processes) {
      const waiting = [...snapshot.queue.values()];
      for (const [index, { id, seq }] of waiting.entries()) {
        const before = waiting[index - 1];
        if (before && before.seq > seq) throw new Error('an event overtook another');
        journaled
          .append('bench', [{ kind: 'event.ended', body: { id, outcome: 'cancelled', reason: '', by: 'bench' } }])
          .catch(() => {});
      }
    }
    await new Promise(setImmediate);
  };
  let busyMs = 0;
  let cpuUs = Number.POSITIVE_INFINITY;
  for (let sent = 0; sent < total; sent += wave) {
    const begun = performance.now();
    const before = process.cpuUsage();
    await Promise.all(Array.from({ length: wave }, () => runtime.publish('orders.paid', data)));
    await arrived(wave);
    busyMs += performance.now() - begun;
    const { user, system } = process.cpuUsage(before);
    cpuUs = Math.min(cpuUs, (user + system) / wave);
    await empty();
  }
  const alone: number[] = [];
  for (let n = 1; n <= 300; n++) {
    const begun = performance.now();
    await runtime.publish('orders.paid', data);
    await arrived(n);
    alone.push(performance.now() - begun);
  }
  await runtime.close();
  alone.sort((a, b) => a - b);
  return {
    what: `durable, ${count} subscriber${count > 1 ? 's' : ''}`,
    perSecond: total / (busyMs / 1_000),
    cpuUs,
    p50Ms: alone[150] ?? 0,
  };
}

function emitter(count: number): Figure {
  const bus = new EventEmitter();
  let seen = 0;
  for (let n = 0; n < count; n++) bus.on('orders.paid', () => seen++);
  const begun = performance.now();
  for (let n = 0; n < total; n++) bus.emit('orders.paid', data);
  return {
    what: `EventEmitter, ${count} listener${count > 1 ? 's' : ''}`,
    perSecond: total / ((performance.now() - begun) / 1_000),
  };
}

function bareInserts(): Figure {
  const folder = benchFolder();
  const db = new Sqlite(join(folder, 'bare.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE events (id INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const insert = db.prepare('INSERT INTO events (body) VALUES (?)');
  const group = db.transaction(() => {
    for (let n = 0; n < 256; n++) insert.run(JSON.stringify(data));
  });
  const begun = performance.now();
  for (let n = 0; n < total; n += 256) group();
  const perSecond = total / ((performance.now() - begun) / 1_000);
  db.close();
  return { what: 'SQLite inserts, 256 a sync', perSecond };
}

const figures = [emitter(1), emitter(10), bareInserts(), await subscribed(1), await subscribed(10)];
if (values.json) console.log(JSON.stringify(figures));
else {
  for (const figure of figures) {
    const cpu = figure.cpuUs !== undefined ? `, ${figure.cpuUs.toFixed(0)} µs of CPU each` : '';
    const alone = figure.p50Ms !== undefined ? `, one alone p50 ${figure.p50Ms.toFixed(2)} ms` : '';
    console.log(
      `${figure.what.padEnd(28)} ${Math.round(figure.perSecond).toLocaleString('en')} events/s${cpu}${alone}`,
    );
  }
}
