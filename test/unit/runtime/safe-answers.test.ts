import { expect, test } from 'vitest';
import { handRuntime } from '../../world/hand-runtime.ts';

test('G1: nobody is shown what a process appended before it is durable', async () => {
  const { runtime, api } = await handRuntime();
  const manifest = { version: '1.0', name: 'p', model: 'script', script: 'export default async function run() {}' };
  await api.createProcess({ manifest });
  const { journaled } = runtime.get('p');
  await journaled.kept;
  const before = journaled.durableSeq;
  void journaled.append('begin-mission', [{ kind: 'mission.begun', body: { objective: 'o', settings: 's' } }]);
  expect([journaled.snapshot.seq, journaled.durableSeq]).toEqual([before + 1, before]);
  expect((await api.getMission({ name: 'p' })).state).toBe('active');
  expect(journaled.durableSeq).toBe(before + 1);
});
