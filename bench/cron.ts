import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Cron } from 'croner';
import { Alarm } from '../src/main/lib/alarm.ts';
import { systemClock } from '../src/main/lib/clock.ts';
import { CronTrigger } from '../src/main/triggers/cron/cron-trigger.ts';
import { Zones } from '../src/main/triggers/cron/zone-spans.ts';
import type { TriggerHost } from '../src/main/triggers/trigger.ts';
import { CronTrigger as CronConfig } from '../src/shared/config/trigger-config.ts';

/**
 * What firing costs: 1,000 schedules of one second on the clock of the system, for a minute, on a host that stores
 * nothing; beside it as many croner jobs. Missed and doubled are counted by instant, lateness is how long after its
 * second a firing comes. Run: node bench/cron.ts [--seconds 60] [--schedules 1000] [--json]
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string' }, schedules: { type: 'string' }, json: { type: 'boolean' } },
});
const seconds = Number(values.seconds ?? 60);
const schedules = Number(values.schedules ?? 1_000);

interface Measured {
  fired: number;
  missed: number;
  doubled: number;
  lateP50Ms: number;
  lateP99Ms: number;
  lateMaxMs: number;
  coreShare: number;
}

/** `begin` starts firing into `fire` and gives back what stops it. */
async function measure(
  begin: (fire: (schedule: number, instant: number) => void) => Promise<() => unknown>,
): Promise<Measured> {
  const late: number[] = [];
  const seen = Array.from({ length: schedules }, () => new Map<number, number>());
  const stop = await begin((schedule, instant) => {
    late.push(Date.now() - instant);
    const instants = seen[schedule];
    instants?.set(instant, (instants.get(instant) ?? 0) + 1);
  });
  const cpu = process.cpuUsage();
  const began = performance.now();
  await pause(seconds * 1_000);
  const { user, system } = process.cpuUsage(cpu);
  const coreShare = (user + system) / 1_000 / (performance.now() - began);
  await stop();
  late.sort((a, b) => a - b);
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? 0;
  const counts = seen.map((instants) => {
    const all = [...instants.keys()].sort((a, b) => a - b);
    const due = ((all.at(-1) ?? 0) - (all[0] ?? 0)) / 1_000 + 1;
    return { missed: due - all.length, doubled: [...instants.values()].filter((times) => times > 1).length };
  });
  return {
    fired: late.length,
    missed: counts.reduce((sum, { missed }) => sum + missed, 0),
    doubled: counts.reduce((sum, { doubled }) => sum + doubled, 0),
    lateP50Ms: at(0.5),
    lateP99Ms: at(0.99),
    lateMaxMs: at(1),
    coreShare: Math.round(coreShare * 10_000) / 10_000,
  };
}

async function ours(fire: (schedule: number, instant: number) => void): Promise<() => unknown> {
  const alarm = new Alarm(systemClock);
  const zones = new Zones();
  const born = Date.now();
  const host = (schedule: number): TriggerHost => ({
    process: `p${schedule}`,
    clock: systemClock,
    alarm,
    away: '',
    since: () => born,
    lastInstant: () => null,
    open: () => [],
    waiting: () => [],
    async cancel() {},
    async note() {},
    remembered: async () => ({}),
    async remember() {},
    log() {},
    wakeAll: async (wakes) => ({ taken: wakes.length }),
    async wake({ dedupeKey }) {
      fire(schedule, Number(dedupeKey.slice(dedupeKey.lastIndexOf(':') + 1)));
      return { eventId: 'evt', duplicate: false };
    },
  });
  const settings = CronConfig.parse({ type: 'cron', cronExpression: '* * * * * *', cronTimezone: 'Europe/Berlin' });
  const triggers = Array.from(
    { length: schedules },
    (_, n) => new CronTrigger({ ...settings, id: 'cron' }, host(n), zones),
  );
  await Promise.all(triggers.map((trigger) => trigger.start()));
  return async () => {
    await Promise.all(triggers.map((trigger) => trigger.stop()));
    alarm.close();
  };
}

async function croner(fire: (schedule: number, instant: number) => void): Promise<() => unknown> {
  const jobs = Array.from(
    { length: schedules },
    (_, n) =>
      new Cron('* * * * * *', { timezone: 'Europe/Berlin' }, () => fire(n, Math.floor(Date.now() / 1_000) * 1_000)),
  );
  return () => {
    for (const job of jobs) job.stop();
  };
}

const report = { schedules, seconds, ours: await measure(ours), croner: await measure(croner) };
if (values.json) console.log(JSON.stringify(report));
else console.table({ ours: report.ours, croner: report.croner });
