import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { isOwnStream } from '../../../shared/entries/journal-entries.ts';
import type { DoctorReport } from '../../../shared/views/views.ts';
import { lossText } from '../../journal/high-water.ts';
import { verifyChain } from '../../journal/replay.ts';
import { owedPath } from '../../store/database.ts';
import type { AgentRuntime } from '../agent-runtime.ts';

type Check = DoctorReport['checks'][number];

const roomyBytes = 200 * 1024 * 1024;

/** Looks the node over. Changes nothing. */
export async function examine(runtime: AgentRuntime, dataDir: string | null): Promise<DoctorReport> {
  const checks = [
    database(runtime),
    accounts(runtime),
    failed(runtime),
    clock(runtime),
    ...remains(runtime),
    ...(await chains(runtime)),
    ...losses(runtime),
    ...past(runtime),
    ...(dataDir ? [await room(dataDir)] : []),
  ];
  return { ok: checks.every(({ ok }) => ok), checks };
}

function database({ database: db }: AgentRuntime): Check {
  const found = db.pragma('quick_check(1)', { simple: true });
  const ok = found === 'ok';
  return {
    name: 'database',
    ok,
    detail: ok ? 'SQLite finds nothing wrong.' : String(found),
    fix: ok ? null : 'Stop the node and restore a backup.',
  };
}

async function chains(runtime: AgentRuntime): Promise<Check[]> {
  const broken: Check[] = [];
  let entries = 0;
  for (const process of await runtime.journal.processes()) {
    const report = await verifyChain(runtime.journal, process);
    entries += report.entries;
    if (!report.ok)
      broken.push({
        name: `journal of ${process}`,
        ok: false,
        detail: report.problem ?? '',
        fix: 'Restore a backup, or accept the loss.',
      });
  }
  return broken.length > 0
    ? broken
    : [{ name: 'journal', ok: true, detail: `${entries} entries, each linked to the one before.`, fix: null }];
}

/** What the journal held when marks outside it were made, and did not hold any more when the node started. */
function losses({ options: { marks } }: AgentRuntime): Check[] {
  const open = new Set(marks?.rolledBack);
  return (marks?.losses ?? []).map((loss) => ({
    name: `journal of ${loss.process}`,
    ok: !open.has(loss) && !isOwnStream(loss.process),
    detail: lossText(loss),
    fix: open.has(loss)
      ? 'Restore a backup; or accept the loss, and it goes on with what is there. Until then it does not run.'
      : 'Restore a backup if it matters; the node goes on with what is there.',
  }));
}

/** What the marks outside the data folder say of its past. */
function past({ options: { lost } }: AgentRuntime): Check[] {
  if (lost === undefined) return [];
  return [{ name: 'data folder', ok: false, detail: lost, fix: 'Restore a backup, or go on with what is there.' }];
}

/** Nothing that was accepted is unaccounted for: it has ended or is open. */
function accounts(runtime: AgentRuntime): Check {
  const wrong = runtime.list().filter(({ snapshot: { counts, queue } }) => {
    return counts.accepted !== counts.done + counts.dead + counts.cancelled + counts.superseded + queue.size;
  });
  const ok = wrong.length === 0;
  const detail = ok
    ? 'Every accepted event has ended or is open.'
    : `The counts of ${wrong.map(({ name }) => name).join(', ')} do not add up.`;
  return { name: 'events', ok, detail, fix: ok ? null : 'Please report this with the journal of the process.' };
}

function failed(runtime: AgentRuntime): Check {
  const names = runtime.list().flatMap((process) => (process.state === 'failed' ? [process.name] : []));
  const ok = names.length === 0;
  return {
    name: 'processes',
    ok,
    detail: ok ? 'None has failed.' : `Failed: ${names.join(', ')}.`,
    fix: ok ? null : 'Look at the last runs, then start them again.',
  };
}

function clock({ parts: { time } }: AgentRuntime): Check {
  const suspicion = time.look();
  return {
    name: 'clock',
    ok: suspicion === null,
    detail: suspicion
      ? `${suspicion.reason} Schedules stand still until it is right again; events, webhooks and messages go on.`
      : 'It agrees with what was written down.',
    fix: suspicion ? 'Set the clock; or, if it is right, say so: agent-runtime trust-clock.' : null,
  };
}

/** What was forgotten and still lies between the rows of a large database. */
function remains({ database: db }: AgentRuntime): Check[] {
  if (db.memory || !existsSync(owedPath(db.name))) return [];
  const detail =
    'What was forgotten is in no table any more; remains of it may lie unused in the file until the next start.';
  return [{ name: 'forgotten', ok: false, detail, fix: 'Restart the node when it suits you.' }];
}

async function room(dataDir: string): Promise<Check> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const ok = free > roomyBytes;
  return {
    name: 'disk',
    ok,
    detail: `${Math.round(free / 1024 / 1024)} MB are free.`,
    fix: ok ? null : 'Free some space.',
  };
}
