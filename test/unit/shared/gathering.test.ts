import { expect, test } from 'vitest';
import { gatheredCosts, gatheredForecast, gatheredSchedule } from '../../../src/shared/gathering.ts';
import { type CostsView, noCost } from '../../../src/shared/views/cost-views.ts';

const row = (process: string, instant: number) => ({ process, trigger: 't', instant }) as never;

test('schedules of several nodes are in time, each row with its node, and end where the first of them was cut', () => {
  const all = [
    { node: 'a', answer: { items: [row('x', 1), row('x', 5), row('x', 9)], next: null, now: 4 } },
    { node: 'b', answer: { items: [row('y', 2), row('y', 6)], next: '7', now: 3 } },
  ];
  const { items, next, now } = gatheredSchedule(all, 100);
  expect(items.map(({ node, instant }) => `${node}${instant}`)).toEqual(['a1', 'b2', 'a5', 'b6']);
  expect([next, now]).toEqual(['7', 4]);
  expect(gatheredSchedule(all, 2)).toMatchObject({ items: [{ instant: 1 }, { instant: 2 }], next: '5' });
  const same = [{ node: 'a', answer: { items: [row('x', 1), row('y', 1)], next: null, now: 0 } }];
  expect(gatheredSchedule(same, 1)).toMatchObject({ items: [{}, {}], next: '2' });
});

test('forecasts of several nodes name the node of each agent', () => {
  const item = { process: 'x', firings: 1, paused: 0, basis: 0, tokens: 0, costUsd: 0, workedMs: 0 };
  const answer = { from: 1, to: 2, items: [item] };
  expect(
    gatheredForecast([
      { node: 'a', answer },
      { node: 'b', answer },
    ]),
  ).toMatchObject({ from: 1, to: 2, items: [{ node: 'a' }, { node: 'b' }] });
});

test('costs of several nodes are one sum; agents and limits stay with their node', () => {
  const view = (process: string, costUsd: number): CostsView => {
    const sum = { ...noCost, runs: 1, costUsd };
    const limit = { limit: 'daily' } as never;
    return {
      from: 0,
      to: 9,
      zone: 'UTC',
      total: sum,
      open: 1,
      days: [{ ...sum, from: 0 }],
      processes: [{ ...sum, process }],
      models: [{ ...sum, model: 'openai:gpt-5-mini', pricing: 'priced' }],
      triggers: [{ ...sum, kind: 'cron' }],
      budgets: [{ process, limits: [limit] }],
      node: [limit],
    };
  };
  const both = gatheredCosts([
    { node: 'a', answer: view('x', 1) },
    { node: 'b', answer: view('x', 2) },
  ]);
  const sum = { ...noCost, runs: 2, costUsd: 3 };
  expect(both).toMatchObject({
    total: sum,
    open: 2,
    days: [{ ...sum, from: 0 }],
    triggers: [{ ...sum, kind: 'cron' }],
  });
  expect(both.models).toEqual([{ ...sum, model: 'openai:gpt-5-mini', pricing: 'priced' }]);
  expect(both.processes.map(({ process, node, costUsd }) => [process, node, costUsd])).toEqual([
    ['x', 'b', 2],
    ['x', 'a', 1],
  ]);
  expect(both.nodes?.map(({ node, costUsd }) => [node, costUsd])).toEqual([
    ['b', 2],
    ['a', 1],
  ]);
  expect([both.budgets, both.node].map((lines) => lines.map(({ node }) => node))).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});
