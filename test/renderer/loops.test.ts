import { expect, test } from 'vitest';
import { budgetBrakes, loopsOf, triggerBrakes, triggersOf } from '../../src/renderer/map/loops.ts';
import { processGraph } from '../../src/renderer/map/process-graph.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { makeProcess, makeTrigger } from './fixture/make.ts';

const listening = (name: string, source: string, more: JsonObject = {}) =>
  makeProcess(name, {
    triggers: [makeTrigger({ type: 'event', config: { event_type: 'x', event_source: source, ...more } })],
  });

test('each loop is found once, with a way round it and all that is inside', () => {
  const processes = [
    listening('a', 'c'),
    listening('b', 'a'),
    listening('c', 'b'),
    listening('d', 'e'),
    listening('e', 'd'),
    listening('own', 'own'),
    listening('after', 'a'),
  ];
  const loops = loopsOf(processGraph(processes, []).edges);
  expect(loops.map(({ way }) => way.join(' '))).toEqual(['a b c a', 'd e d', 'own own']);
  expect(loops.map(({ edges }) => edges.length)).toEqual([3, 2, 1]);
});

test('loops that touch are one', () => {
  const both = makeProcess('m', {
    triggers: ['l', 'r'].map((source) =>
      makeTrigger({ id: source, type: 'event', config: { event_type: 'x', event_source: source } }),
    ),
  });
  const loops = loopsOf(processGraph([both, listening('l', 'm'), listening('r', 'm')], []).edges);
  expect(loops.map(({ edges }) => edges.length)).toEqual([4]);
});

test('brakes are told from what only slows or filters', () => {
  const config = {
    rate_limit: { events: 2, per: '1h' },
    debounce: '5s',
    filter_expression: 'payload.n < 3',
    wake_gate: 'return true;',
  };
  expect(triggerBrakes({ config })).toEqual([
    { text: 'at most 2 per 1h', sure: true },
    { text: 'waits until nothing came for 5s', sure: false },
    { text: 'only where payload.n < 3', sure: false },
    { text: 'a script looks first', sure: false },
  ]);
  expect(triggerBrakes({ config: {} })).toEqual([]);
  const limit = { limit: 'maxRunsPerDay', unit: 'runs', cap: 1_500, used: 0, left: 1_500 };
  expect(budgetBrakes([{ ...limit, scope: 'run' }])).toEqual([]);
  expect(budgetBrakes([{ ...limit, scope: 'day' }])).toEqual([{ text: '1,500 runs a day', sure: true }]);
});

test('the triggers of an edge are those that it goes by, for messages as well', () => {
  const taker = makeProcess('t', {
    triggers: [
      makeTrigger({ id: 'm', type: 'message', config: { topic: 'work.*' } }),
      makeTrigger({ id: 'e', type: 'event', config: { event_type: 'work.done' } }),
    ],
  });
  const edge = { id: '', from: 's', to: 't', count: 0, newest: null, loops: false };
  const ids = (kind: 'event' | 'message', name: string) =>
    triggersOf({ ...edge, kind, names: [name] }, taker).map(({ id }) => id);
  expect([ids('message', 'work.new'), ids('event', 'work.done'), ids('event', 'other')]).toEqual([['m'], ['e'], []]);
});
