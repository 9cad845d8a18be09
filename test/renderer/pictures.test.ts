import { describe, expect, test } from 'vitest';
import { graphLayout, nodeSize } from '../../src/renderer/map/graph-layout.ts';
import { outsideId, processGraph } from '../../src/renderer/map/process-graph.ts';
import { linesOf, spansOf } from '../../src/renderer/runs/run-spans.ts';
import { timeScale } from '../../src/renderer/runs/time-scale.ts';
import type { BusEventView } from '../../src/shared/views/views.ts';
import { makeProcess, makeRunView, makeStep, makeTrigger } from './fixture/make.ts';

const listening = (name: string, pattern: string, source?: string) =>
  makeProcess(name, {
    triggers: [
      makeTrigger({ type: 'event', config: { event_type: pattern, ...(source ? { event_source: source } : {}) } }),
    ],
  });
const event = (source: string, type: string, at = 1): BusEventView => ({
  id: `${source}${type}${at}`,
  type,
  source,
  data: {},
  at,
  seq: 1,
});

describe('the map', () => {
  test('has an edge for what was published and heard, counted', () => {
    const graph = processGraph(
      [makeProcess('a'), listening('b', 'x.*')],
      [event('a', 'x.one', 1), event('a', 'x.two', 9)],
    );
    expect(graph.edges).toEqual([
      {
        id: 'event:a→b',
        from: 'a',
        to: 'b',
        names: ['x.one', 'x.two'],
        kind: 'event',
        count: 2,
        newest: 9,
        loops: false,
      },
    ]);
  });

  test('shows what nobody hears, and what comes from outside', () => {
    const graph = processGraph(
      [makeProcess('a'), listening('b', 'api.*')],
      [event('a', 'lost'), event('api:token', 'api.call')],
    );
    expect(graph.nodes.map(({ kind }) => kind)).toEqual(['agent', 'agent', 'outside', 'unheard']);
    expect(graph.edges.map(({ from, to }) => [from, to])).toEqual([
      [outsideId, 'b'],
      ['a', '@unheard:lost'],
    ]);
  });

  test('expects what a trigger names with its source, before anything was published', () => {
    const graph = processGraph([makeProcess('a'), listening('b', 'x', 'a')], []);
    expect(graph.edges).toMatchObject([{ from: 'a', to: 'b', names: ['x'], count: 0, newest: null }]);
  });

  test('has messages too: taken, waiting for a taker, and wanted by nobody', () => {
    const taker = makeProcess('desk', { triggers: [makeTrigger({ type: 'message', config: { topic: 'support.*' } })] });
    const message = (topic: string, taken: string | null) =>
      ({
        id: topic,
        topic,
        content: {},
        sender: 'a',
        to: null,
        state: 'waiting',
        taker: taken,
        attempts: 0,
        reason: null,
        replyTo: null,
        correlation: null,
        sentAt: 3,
        notBefore: null,
        expiresAt: null,
        endedAt: null,
      }) as const;
    const { edges } = processGraph(
      [makeProcess('a'), taker],
      [],
      [message('support.one', 'desk'), message('support.two', null), message('lost', null)],
    );
    expect(edges.map(({ kind, from, to, count }) => [kind, from, to, count])).toEqual([
      ['message', 'a', 'desk', 2],
      ['message', 'a', '@unheard:lost', 1],
    ]);
  });

  test('marks ways that lead back to where they began, and no others', () => {
    const processes = [
      listening('a', 'from-c'),
      listening('b', 'from-a'),
      listening('c', 'from-b'),
      listening('d', 'from-a'),
    ];
    const graph = processGraph(processes, [event('a', 'from-a'), event('b', 'from-b'), event('c', 'from-c')]);
    const loops = Object.fromEntries(graph.edges.map(({ from, to, loops: inLoop }) => [`${from}${to}`, inLoop]));
    expect(loops).toEqual({ ab: true, ad: false, bc: true, ca: true });
  });

  test('places who wakes left of who is woken, keeps what was moved, and covers nothing', () => {
    const processes = [
      makeProcess('a'),
      listening('b', 'from-a'),
      listening('c', 'from-b'),
      ...Array.from({ length: 20 }, (_, n) => makeProcess(`alone-${n}`)),
    ];
    const { nodes, edges } = processGraph(processes, [event('a', 'from-a'), event('b', 'from-b')]);
    const places = graphLayout(nodes, edges, { 'alone-3': { x: -900, y: -900 } });
    const x = (id: string) => places.get(id)?.x ?? 0;
    expect(x('a')).toBeLessThan(x('b'));
    expect(x('b')).toBeLessThan(x('c'));
    expect(places.get('alone-3')).toEqual({ x: -900, y: -900 });
    const all = [...places.values()];
    for (const [index, one] of all.entries()) {
      for (const other of all.slice(index + 1)) {
        expect(Math.abs(one.x - other.x) >= nodeSize.width || Math.abs(one.y - other.y) >= nodeSize.height).toBe(true);
      }
    }
  });

  test('a loop does not keep it from being laid out', () => {
    const { nodes, edges } = processGraph(
      [listening('a', 'b'), listening('b', 'a')],
      [event('a', 'a'), event('b', 'b')],
    );
    expect(graphLayout(nodes, edges, {}).size).toBe(2);
  });
});

describe('the time scale of a run', () => {
  const busy = (from: number, to: number) => ({ from, to, idle: false });
  const idle = (from: number, to: number) => ({ from, to, idle: true });

  test('is linear where something works', () => {
    const scale = timeScale([busy(0, 100), busy(50, 200)]);
    expect([0, 50, 100, 200].map(scale.place)).toEqual([0, 0.25, 0.5, 1]);
    expect(scale.folds).toEqual([]);
  });

  test('folds a night of waiting, so that the work stays visible', () => {
    const hour = 3_600_000;
    const scale = timeScale([busy(0, 1_000), idle(1_000, 10 * hour), busy(10 * hour, 10 * hour + 1_000)]);
    expect(scale.place(1_000)).toBeGreaterThan(0.4);
    expect(scale.folds).toHaveLength(1);
    expect(scale.folds[0]?.ms).toBe(10 * hour - 1_000);
  });

  test('goes both ways', () => {
    const scale = timeScale([busy(0, 1_000), idle(1_000, 90_000), busy(90_000, 91_000)]);
    for (const at of [0, 500, 1_000, 40_000, 90_500, 91_000]) expect(scale.timeAt(scale.place(at))).toBeCloseTo(at, 3);
  });

  test('five thousand steps are laid out within a few milliseconds', () => {
    const spans = Array.from({ length: 5_000 }, (_, index) => busy(index * 10, index * 10 + 15));
    const began = performance.now();
    timeScale(spans);
    expect(performance.now() - began).toBeLessThan(200);
  });

  test('an agent that thinks between its steps is not folded; a node that was off is', () => {
    const run = makeRunView(
      'r',
      [makeStep(1, { startedAt: 1_400, endedAt: 1_500 }), makeStep(2, { startedAt: 60_000, endedAt: 60_100 })],
      { startedAt: 1_000, endedAt: 60_200 },
    );
    const lines = linesOf(run, undefined, 99);
    expect(spansOf(run, lines, 99).filter((span) => !('id' in span))).toEqual([
      { from: 1_000, to: 1_400, idle: false },
      { from: 1_500, to: 60_000, idle: true },
      { from: 60_100, to: 60_200, idle: false },
    ]);
  });
});
