import { describe, expect, test } from 'vitest';
import { answerCall } from '../../../src/main/transport/answer-call.ts';
import { dispatch } from '../../../src/shared/dispatch.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { recordedRuntime } from '../../world/recorded-runtime.ts';

const runtime = recordedRuntime({
  listRuns: () => ({ items: [], next: null }),
  getRun: ({ id }: { id: string }) => {
    throw id === 'bug'
      ? new TypeError('the secret is hunter2')
      : new RuntimeError('RUN_NOT_FOUND', `There is no run ${id}.`, { id });
  },
});
const refusal = (name: string, input: unknown) =>
  dispatch(runtime.api, name, input, 'user').then(
    () => null,
    (thrown) => thrown,
  );

describe('the one door', () => {
  test('calls with input that is complete, in the name of who asks', async () => {
    await dispatch(runtime.api, 'listRuns', { limit: '5' }, 'api:ci');
    expect(runtime.calls.at(-1)).toEqual({ name: 'listRuns', input: { limit: 5 }, by: 'api:ci' });
  });

  test('knows only operations, not what every object has', async () => {
    expect(await refusal('getRunn', {})).toMatchObject({
      code: 'ROUTE_NOT_FOUND',
      message: expect.stringContaining('Did you mean getRun?'),
    });
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(await refusal(name, {})).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    }
  });

  test.each([
    ['listRuns', { limitt: 1 }, 'UNKNOWN_FIELD', 'listRuns has no field "limitt". Did you mean limit?'],
    ['node', { x: 1 }, 'UNKNOWN_FIELD', 'node has no field "x". It takes none.'],
    ['getRun', { zebra: 1, id: 'a' }, 'UNKNOWN_FIELD', 'getRun has no field "zebra". It takes id.'],
    ['listRuns', { limit: 'many' }, 'REQUEST_INVALID', 'listRuns cannot use this input: limit: '],
    ['startProcess', { name: '../x' }, 'REQUEST_INVALID', 'name: use a letter'],
    ['getRun', {}, 'REQUEST_INVALID', 'id: '],
    ['getRun', null, 'REQUEST_INVALID', 'getRun cannot use this input'],
    ['getRun', 'x', 'REQUEST_INVALID', 'getRun cannot use this input'],
  ])('%s refuses %j as %s and says what would be right', async (name, input, code, message) => {
    const error = await refusal(name, input);
    expect(error).toMatchObject({
      code,
      message: expect.stringContaining(message),
      details: { issues: expect.any(Array) },
    });
  });
});

describe('a call whose failure is a value', () => {
  const faults: string[] = [];
  const call = (id: string) =>
    answerCall(
      () => runtime.api,
      'getRun',
      { id },
      'window',
      (errorId, thrown) => faults.push(`${errorId} ${thrown}`),
    );

  test('gives what was refused as it was', async () => {
    expect(await call('x')).toEqual({
      ok: false,
      error: { code: 'RUN_NOT_FOUND', message: 'There is no run x.', details: { id: 'x' } },
    });
    expect(faults).toEqual([]);
  });

  test('gives of a bug only the id under which it is in the log', async () => {
    const reply = await call('bug');
    expect(JSON.stringify(reply)).not.toContain('hunter2');
    expect(reply).toMatchObject({
      ok: false,
      error: { code: 'INTERNAL', details: { errorId: expect.stringMatching(/^err_/) } },
    });
    expect(faults).toEqual([expect.stringMatching(/^err_.* TypeError: the secret is hunter2$/)]);
  });
});
