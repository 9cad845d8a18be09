import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { countCrashes, forgetCrashes } from '../../../src/main/lib/crash-count.ts';
import { decideRestart } from '../../../src/main/processes/survival/restart-policy.ts';
import { ProcessConfig } from '../../../src/shared/config/process-config.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

const minute = 60_000;

test('a process that was restarted five times in ten minutes stays failed, whatever went well in between', () => {
  const config = ProcessConfig.parse({ restartPolicy: 'always', maxRestarts: 1_000 });
  const now = 100 * minute;
  const decide = (...minutesAgo: number[]) =>
    decideRestart(config, 0, () => 1, { restartedAt: minutesAgo.map((ago) => now - ago * minute), now });
  expect(decide(9, 7, 5, 3)).toMatchObject({ restart: true });
  expect(decide(9, 7, 5, 3, 1)).toEqual({
    restart: false,
    reason: expect.stringContaining('5 restarts in ten minutes'),
  });
  expect(decide(11, 7, 5, 3, 1)).toMatchObject({ restart: true });
});

test('crashes are counted for a quarter of an hour, and until a person has had a look', () => {
  const folder = scratchFolder();
  mkdirSync(folder, { recursive: true });
  const at = (minutes: number, crashed: boolean) => countCrashes(folder, crashed, minutes * minute);
  expect([at(0, true), at(1, false), at(2, true), at(14, true)]).toEqual([1, 1, 2, 3]);
  expect(at(16, false)).toBe(2);
  forgetCrashes(folder);
  expect(at(17, true)).toBe(1);
});
