import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Node, NodeOptions } from '../../src/main/compose/node-options.ts';
import { openNode } from '../../src/main/compose/open-node.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { caughtLater } from '../world/caught.ts';
import { script } from '../world/make.ts';
import { scratchFolder } from '../world/scratch-folder.ts';

const apiOf = ({ runtime }: Node) => runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });

/** A machine with one user's state, and nodes on it. */
function machine() {
  const root = scratchFolder();
  const stateDir = join(root, 'state');
  return {
    folder: (name: string) => join(root, name),
    /** As a file manager does it, while its node runs or not. */
    copy(from: string, to: string) {
      cpSync(join(root, from), join(root, to), {
        recursive: true,
        filter: (path) => !path.endsWith('-shm') && !path.endsWith('lock'),
      });
    },
    async node(name: string, options: Partial<NodeOptions> = {}): Promise<Node> {
      const node = await openNode({ dataDir: join(root, name), stateDir, port: 0, logLevel: 'error', ...options });
      onTestFinished(() => node.close().catch(() => {}));
      return node;
    },
  };
}

test('a copy of the folder of a node that runs does not start before a person says what it is', async () => {
  const { node, copy, folder } = machine();
  const original = await node('a');
  await (await original.runtime.register({ name: 'p', config: script('return 1') })).start();
  copy('a', 'b');
  const refused = await caughtLater(node('b'));
  expect(refused).toMatchObject({ code: 'FOLDER_COPIED', details: { choices: ['copy', 'moved'] } });
  expect(refused.message).toContain(`the same node runs from ${folder('a')}`);
  const twin = await node('b', { folderIs: 'copy' });
  expect(twin.runtime.nodeId).not.toBe(original.runtime.nodeId);
  expect(twin.runtime.isSafe).toBe(true);
  const halted = (await apiOf(twin).getProcess({ name: 'p' }, 'ada')).halted;
  expect(halted).toMatchObject({ message: expect.stringContaining('This is a copy of a node') });
  await twin.close();
  await original.close();
  for (const name of ['a', 'b']) {
    const again = await node(name);
    expect(again.runtime.isSafe, 'both are settled').toBe(false);
  }
});

test('a folder whose copy has started since does not start, unless the copy is gone; then it says what is missing', async () => {
  const { node, copy, folder } = machine();
  await (await node('a')).close();
  copy('a', 'b');
  await (await node('b')).close();
  expect(await caughtLater(node('a'))).toMatchObject({
    code: 'FOLDER_COPIED',
    message: expect.stringContaining(`has started from ${folder('b')} since`),
  });
  rmSync(folder('b'), { recursive: true });
  const back = await node('a');
  const { checks } = await apiOf(back).doctor({}, 'ada');
  expect(checks).toContainEqual(
    expect.objectContaining({
      name: 'data folder',
      ok: false,
      detail: expect.stringContaining('is older than what ran'),
    }),
  );
  await back.close();
  const { checks: later } = await apiOf(await node('a')).doctor({}, 'ada');
  expect(later.map(({ name }) => name)).not.toContain('data folder');
});

test('a folder that was moved is the same node, and so is one of which a person says so', async () => {
  const { node, copy, folder } = machine();
  const original = await node('a');
  const { nodeId } = original.runtime;
  await original.close();
  renameSync(folder('a'), folder('b'));
  const moved = await node('b');
  expect(moved.runtime.nodeId).toBe(nodeId);
  copy('b', 'c');
  const other = await node('c', { folderIs: 'moved' });
  expect([other.runtime.nodeId, other.runtime.isSafe]).toEqual([nodeId, false]);
  await moved.close();
  expect((await caughtLater(node('b'))).code).toBe('FOLDER_COPIED');
});

test('a folder from another computer asks what it is; one that was emptied says that a node was there', async () => {
  const { node, folder } = machine();
  await (await node('a')).close();
  const inside = JSON.stringify({ id: 'x', nonce: 'n', before: null, machine: 'another' });
  writeFileSync(join(folder('a'), 'folder.json'), inside);
  if (existsSync('/etc/machine-id'))
    expect((await caughtLater(node('a'))).message).toContain('comes from another computer');
  await (await node('a', { folderIs: 'moved' })).close();
  rmSync(folder('a'), { recursive: true });
  const anew = await node('a');
  expect((await apiOf(anew).doctor({}, 'ada')).checks).toContainEqual(
    expect.objectContaining({
      name: 'data folder',
      ok: false,
      detail: expect.stringContaining('nothing of its journal is left'),
    }),
  );
});
