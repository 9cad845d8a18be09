import { expect, test } from 'vitest';
import { requestOf } from '../../../src/shared/request-of.ts';

test.each([
  [
    'listRuns',
    { process: 'a', state: 'failed', limit: 100 },
    { method: 'GET', path: '/runs?process=a&state=failed&limit=100' },
  ],
  ['listRuns', {}, { method: 'GET', path: '/runs' }],
  ['listRuns', { process: undefined }, { method: 'GET', path: '/runs' }],
  ['getContext', { name: 'a b' }, { method: 'GET', path: '/processes/a%20b/context' }],
  [
    'setContext',
    { name: 'a', key: 'x/y', value: [1] },
    { method: 'PUT', path: '/processes/a/context/x%2Fy', body: { value: [1] } },
  ],
  ['removeTrigger', { name: 'a', id: 'cron-2' }, { method: 'DELETE', path: '/processes/a/triggers/cron-2' }],
  ['deleteContext', { name: 'a', key: 'x/y' }, { method: 'DELETE', path: '/processes/a/context/x%2Fy' }],
  ['startProcess', { name: 'a' }, { method: 'POST', path: '/processes/a/start', body: {} }],
] as const)('%s %j is written as its route says', (name, input, request) => {
  expect(requestOf(name, input)).toEqual(request);
});
