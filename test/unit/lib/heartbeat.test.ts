import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Heartbeat, type MachineClocks, machineClocks } from '../../../src/main/lib/heartbeat.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

const hour = 3_600_000;

/** A machine that sleeps, is switched off, or just goes on. */
function machine() {
  let [now, upMs, awakeMs] = [Date.UTC(2026, 0, 5), hour, hour];
  const clocks: MachineClocks = { now: () => now, upMs: () => upMs, awakeMs: () => awakeMs };
  return {
    clocks,
    goesOn(ms: number) {
      [now, upMs, awakeMs] = [now + ms, upMs + ms, awakeMs + ms];
    },
    sleeps(ms: number) {
      [now, upMs] = [now + ms, upMs + ms];
    },
    isOff(ms: number) {
      [now, upMs, awakeMs] = [now + ms, 20_000, 20_000];
    },
  };
}

function beating(folder: string, clocks: MachineClocks): Heartbeat {
  const beat = new Heartbeat(folder, clocks);
  onTestFinished(() => beat.stop());
  return beat;
}

test.each<[string, (of: ReturnType<typeof machine>) => void, string]>([
  ['was killed and started again', (of) => of.goesOn(hour), 'the node was off'],
  ['slept, and the program did not outlive it', (of) => of.sleeps(8 * hour), 'the computer slept'],
  ['slept longer than it was off', (of) => void [of.sleeps(3 * hour), of.goesOn(hour)], 'the computer slept'],
  ['was off longer than it slept', (of) => void [of.sleeps(hour), of.goesOn(3 * hour)], 'the node was off'],
  ['lost its power', (of) => of.isOff(8 * hour), 'the node was off'],
  ['slept, and lost its power then', (of) => void [of.sleeps(hour), of.isOff(hour)], 'the node was off'],
])('a program whose machine %s knows why nothing ran', (_what, happens, away) => {
  const folder = scratchFolder();
  mkdirSync(folder, { recursive: true });
  const of = machine();
  // Killed: nobody stops it.
  beating(folder, of.clocks);
  happens(of);
  expect(beating(folder, of.clocks).away).toContain(away);
});

test('a program that ended in order was off, and so was one whose file says nothing', () => {
  const folder = scratchFolder();
  mkdirSync(folder, { recursive: true });
  const of = machine();
  beating(folder, of.clocks).stop();
  of.sleeps(8 * hour);
  expect(beating(folder, of.clocks).away).toBe('the node was off');
  writeFileSync(join(folder, 'heartbeat'), '{');
  expect(beating(folder, of.clocks).away).toBe('the node was off');
});

test('the clocks of this machine say how long it has been up and awake', () => {
  expect(machineClocks.upMs()).toBeGreaterThan(0);
  expect(machineClocks.upMs() - machineClocks.awakeMs()).toBeGreaterThan(-1_000);
});
