import { describe, expect, test, vi } from 'vitest';
import { createReads } from '../../src/renderer/stores/reads.ts';
import { RuntimeError } from '../../src/shared/errors.ts';

describe('reads of the screens', () => {
  test('two lookers share one reading', async () => {
    const reads = createReads();
    let loads = 0;
    const load = async () => ++loads;
    const stops = [1, 2].map(() => reads.subscribe('runs', ['runs'], load, () => {}));
    await vi.waitUntil(() => reads.get('runs').value === 1);
    expect(loads).toBe(1);
    for (const stop of stops) stop();
  });

  test('a reading is made again when its topic is old, and not for another topic', async () => {
    const reads = createReads();
    let loads = 0;
    const stop = reads.subscribe(
      'run',
      ['run:1'],
      async () => ++loads,
      () => {},
    );
    await vi.waitUntil(() => loads === 1);
    reads.makeOld(new Set(['run:2']));
    reads.makeOld(new Set(['run:1']));
    await vi.waitUntil(() => reads.get('run').value === 2);
    expect(loads).toBe(2);
    stop();
  });

  test('nobody looks: it is read again only when somebody does', async () => {
    const reads = createReads();
    let loads = 0;
    const load = async () => ++loads;
    reads.subscribe('a', ['t'], load, () => {})();
    const stop = reads.subscribe(
      'b',
      ['t'],
      async () => 'b',
      () => {},
    );
    await vi.waitUntil(() => reads.get('b').value === 'b');
    reads.makeOld(new Set(['*']));
    expect(loads).toBe(0);
    const again = reads.subscribe('a', ['t'], load, () => {});
    await vi.waitUntil(() => loads === 1);
    again();
    stop();
  });

  test('what was read before stays in sight while it is read again, and when that fails', async () => {
    const reads = createReads();
    let fails = false;
    const load = async () => {
      if (fails) throw new RuntimeError('NODE_UNREACHABLE', 'away');
      return 'value';
    };
    const stop = reads.subscribe('a', ['t'], load, () => {});
    await vi.waitUntil(() => reads.get('a').value === 'value');
    fails = true;
    reads.reload('a');
    await vi.waitUntil(() => reads.get('a').error !== undefined);
    expect(reads.get('a')).toMatchObject({ value: 'value', error: { code: 'NODE_UNREACHABLE' } });
    stop();
  });

  test('a hundred changes at once are not a hundred readings', async () => {
    const reads = createReads();
    let loads = 0;
    const stop = reads.subscribe(
      'a',
      ['t'],
      async () => ++loads,
      () => {},
    );
    await vi.waitUntil(() => loads === 1);
    for (let count = 0; count < 100; count++) reads.makeOld(new Set(['t']));
    await vi.waitUntil(() => loads === 2);
    await vi.waitUntil(() => reads.get('a').value === 2);
    expect(loads).toBe(2);
    stop();
  });
});
