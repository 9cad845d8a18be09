import { describe, expect, test } from 'vitest';
import { type HandRuntime, handRuntime } from '../../world/hand-runtime.ts';
import { script } from '../../world/make.ts';
import { until } from '../../world/until.ts';

const dayMs = 86_400_000;

async function keeper(node: HandRuntime): Promise<void> {
  const manifest = { version: '1.0', name: 'keeper', ...script('return "kept";') };
  await node.api.createProcess({ manifest: manifest as never, start: true });
  await node.api.setContext({ name: 'keeper', key: 'seen', value: 7 });
  await node.api.storeMemory({ name: 'keeper', content: 'the cellar is flooded' });
  await node.api.setSecret({ name: 'keeper', secret: 'PIN', value: 'hush-1234' });
  await node.api.wakeProcess({ name: 'keeper' });
  await until(async () => {
    await node.clock.advance(1);
    return (await node.api.listRuns({ process: 'keeper', state: 'done' })).items[0];
  });
  await node.api.deleteProcess({ name: 'keeper' });
}

describe('a deleted process', () => {
  test('comes back as it was, also after a restart: context, memory, runs and journal', async () => {
    let node = await handRuntime();
    await keeper(node);
    await expect(node.api.getProcess({ name: 'keeper' })).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
    const [gone] = (await node.api.listTrash({})).items;
    expect(gone).toMatchObject({ name: 'keeper', deletedBy: 'user', runs: 1 });
    expect((gone?.until ?? 0) - (gone?.deletedAt ?? 0)).toBe(30 * dayMs);
    node = await node.restart();
    expect((await node.api.listProcesses({})).items).toEqual([]);
    expect((await node.api.listTrash({})).items).toMatchObject([{ name: 'keeper', deletedAt: gone?.deletedAt }]);
    const back = await node.api.restoreProcess({ name: 'keeper', start: true });
    expect(back).toMatchObject({ name: 'keeper', state: 'running', counts: { runs: 1 } });
    expect((await node.api.getContext({ name: 'keeper' })).items).toMatchObject([{ key: 'seen', value: 7 }]);
    expect((await node.api.listMemories({ name: 'keeper' })).items).toMatchObject([
      { content: 'the cellar is flooded' },
    ]);
    expect((await node.api.listRuns({ process: 'keeper' })).items).toHaveLength(1);
    expect(await node.api.verifyJournal({ name: 'keeper' })).toMatchObject({ ok: true });
    expect((await node.api.listTrash({})).items).toEqual([]);
    node = await node.restart();
    expect(await node.api.getProcess({ name: 'keeper' })).toMatchObject({ state: 'running' });
  });

  test('goes for good after 30 days: nothing of it is left in the journal, in lists, in memory or among secrets', async () => {
    let node = await handRuntime();
    await keeper(node);
    node.clock.jump(29 * dayMs);
    await node.runtime.housekeeping.tidy();
    expect((await node.api.listTrash({})).items).toHaveLength(1);
    node.clock.jump(dayMs);
    await node.runtime.housekeeping.tidy();
    expect((await node.api.listTrash({})).items).toEqual([]);
    await expect(node.api.restoreProcess({ name: 'keeper' })).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
    const left = JSON.stringify(await node.runtime.journal.read('keeper'));
    for (const word of ['flooded', 'kept', 'seen', 'export default']) expect(left).not.toContain(word);
    expect((await node.api.listRuns({})).items).toEqual([]);
    node = await node.restart();
    expect((await node.api.listTrash({})).items).toEqual([]);
    const manifest = { version: '1.0', name: 'keeper', ...script('return 1;') };
    await node.api.createProcess({ manifest: manifest as never });
    expect((await node.api.listMemories({ name: 'keeper' })).items).toEqual([]);
    expect((await node.api.listSecrets({ name: 'keeper' })).items).toEqual([]);
    expect(await node.api.verifyJournal({ name: 'keeper' })).toMatchObject({ ok: true });
  });

  test('has its secrets again when it is back', async () => {
    const node = await handRuntime();
    await keeper(node);
    await node.api.restoreProcess({ name: 'keeper' });
    expect((await node.api.listSecrets({ name: 'keeper' })).items).toMatchObject([{ name: 'PIN' }]);
  });

  test('goes at once when a person says so', async () => {
    const node = await handRuntime();
    await keeper(node);
    await node.api.purgeProcess({ name: 'keeper' });
    expect((await node.api.listTrash({})).items).toEqual([]);
    expect(JSON.stringify(await node.runtime.journal.read('keeper'))).not.toContain('flooded');
    const manifest = { version: '1.0', name: 'other', ...script('return 1;') };
    await node.api.createProcess({ manifest: manifest as never });
    await node.api.deleteProcess({ name: 'other', forever: true });
    expect((await node.api.listTrash({})).items).toEqual([]);
  });

  test('leaves nothing to one that is created under its name, and cannot come back then', async () => {
    const node = await handRuntime();
    await keeper(node);
    const manifest = { version: '1.0', name: 'keeper', ...script('return 1;') };
    await node.api.createProcess({ manifest: manifest as never });
    expect((await node.api.listMemories({ name: 'keeper' })).items).toEqual([]);
    expect((await node.api.listSecrets({ name: 'keeper' })).items).toEqual([]);
    await expect(node.api.restoreProcess({ name: 'keeper' })).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
  });
});
