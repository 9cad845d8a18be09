import { expect, test } from 'vitest';
import { estimateWords } from '../../src/renderer/templates/estimate-words.ts';
import type { AgentEstimate } from '../../src/shared/views/forecast-view.ts';

const said = (...estimates: AgentEstimate[]) => {
  const { text, basis } = estimateWords(estimates);
  return `${text} (${basis})`;
};
const ran = { name: 'a', basis: 'runs', runs: 14, runsPerDay: 24, tokensPerRun: 2_000, usdPerRun: 0.005 } as const;
const stated = { ...ran, name: 'b', basis: 'stated', runs: 0, runsPerDay: null, usdPerRun: 0.02 } as const;
const unknown = {
  name: 'c',
  basis: 'unknown',
  runs: 0,
  runsPerDay: null,
  tokensPerRun: null,
  usdPerRun: null,
} as const;

test.each([
  ['costs nothing (no model)', []],
  ['usually about $0.12 a day (by 14 runs on this node; 24 runs a day)', [ran]],
  ['usually about $0.02 a run (by what the template states; how often depends on what wakes it)', [stated]],
  [
    'usually about $0.03 a run of each agent (by 14 runs on this node and what the template states; how often depends on what wakes it)',
    [ran, stated],
  ],
  [
    'usually about 48.0 k tokens a day, at a price nobody knows (by 14 runs on this node; 24 runs a day)',
    [{ ...ran, usdPerRun: null }],
  ],
  ['what it usually costs is not known (no run on this node yet)', [unknown]],
  ['what it usually costs is not known (no run of c on this node yet)', [ran, unknown]],
] as [string, AgentEstimate[]][])('a template %s', (words, estimates) => expect(said(...estimates)).toBe(words));
