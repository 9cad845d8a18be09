import { expect, test } from 'vitest';
import { draws } from '../world/draws.ts';
import { nemesis } from '../world/nemesis.ts';

const random = draws();
const forMs = Number(process.env['NEMESIS_MS'] ?? 180_000);

test(`three minutes of kills, cuts and losses, three nodes with ten agents each (${random.label})`, async () => {
  const report = await nemesis({ forMs, processes: 30, random });
  const { acknowledged, takeOvers, branches, deeds } = report;
  console.info(
    `${random.label}: ${acknowledged} acknowledged, ${takeOvers} changes of owner, ${branches} branches; ${deeds.join(', ')}`,
  );
  expect(report).toMatchObject({ lost: [], twice: [], overlaps: [] });
  expect(takeOvers).toBeGreaterThan(0);
});
