import { expect, test } from 'vitest';
import { draws } from '../world/draws.ts';
import { nemesis } from '../world/nemesis.ts';

/** The short form; the long one, with real programs and a real network, is in the fault tests. */
const random = draws();
/** A standby once said that it had an entry which its own take-over then left out. */
const once = draws(1339935763);

test.each([random, once])(
  'kills, cuts and losses give no process two owners and lose nothing that was answered ($label)',
  async (random) => {
    const report = await nemesis({ forMs: 45_000, processes: 6, random });
    console.info(
      `${random.label}: ${report.acknowledged} acknowledged, ${report.takeOvers} changes of owner, ${report.branches} branches; ${report.deeds.join(', ')}`,
    );
    expect(report).toMatchObject({ lost: [], twice: [], overlaps: [] });
    expect(report.acknowledged).toBeGreaterThan(0);
  },
  120_000,
);
