import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type HandRuntime, handRuntime } from '../../world/hand-runtime.ts';
import { home } from '../../world/home.ts';
import { script } from '../../world/make.ts';
import { until } from '../../world/until.ts';

async function create(node: HandRuntime, name: string, more: object = {}): Promise<string> {
  const folder = home();
  const context = { file_mounts: { out: { path: folder, mode: 'read_write' } } };
  const manifest = { version: '1.0', name, ...script('return "worked";'), context, ...more };
  await node.api.createProcess({ manifest: manifest as never, start: true });
  return folder;
}

const write = { tool: 'write_file', args: { path: 'out/note.md', content: '# By hand' } };

describe('a tool that is tried by hand', () => {
  test('is shown with the form of its arguments, and gives its result', async () => {
    const node = await handRuntime();
    await create(node, 'worker');
    const { items } = await node.api.listTools({ name: 'worker' });
    expect(items.find(({ name }) => name === 'list_files')).toMatchObject({
      reach: 'readOnly',
      parameters: { type: 'object' },
    });
    const trial = await node.api.tryTool({ name: 'worker', tool: 'list_files', args: { path: 'out' } });
    expect(trial).toMatchObject({ state: 'ok', error: null });
    expect(trial.result).toMatchObject({ entries: [] });
  });

  test('that may change something is called only when that was confirmed, and stands in the journal as a run', async () => {
    const node = await handRuntime();
    const folder = await create(node, 'worker');
    await expect(node.api.tryTool({ name: 'worker', ...write })).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED' });
    expect(existsSync(join(folder, 'note.md'))).toBe(false);
    const trial = await node.api.tryTool({ name: 'worker', ...write, confirm: true });
    expect(trial.state).toBe('ok');
    expect(readFileSync(join(folder, 'note.md'), 'utf8')).toBe('# By hand');
    const run = await node.api.getRun({ id: trial.runId ?? '' });
    expect(run).toMatchObject({ trigger: 'try-tool', state: 'done' });
    expect(run.steps).toMatchObject([{ kind: 'tool', name: 'write_file', args: write.args, state: 'ok' }]);
    expect(await node.api.getTriggerEvent({ id: trial.eventId })).toMatchObject({
      metadata: { by: 'user', tries: 'write_file' },
    });
    expect(await node.api.replayRun({ id: run.id })).toMatchObject({ same: true });
    expect(await node.api.verifyJournal({ name: 'worker' })).toMatchObject({ ok: true });
  });

  test('is asked about where calls of it are, and goes on with the answer', async () => {
    const node = await handRuntime();
    const folder = await create(node, 'careful', { approvals: { tools: ['write_file'] } });
    const trial = await node.api.tryTool({ name: 'careful', ...write, confirm: true });
    expect(trial).toMatchObject({ state: 'waiting' });
    expect(existsSync(join(folder, 'note.md'))).toBe(false);
    const [item] = (await node.api.listInbox({})).items;
    await node.api.answerInboxItem({ id: item?.id ?? '', answer: 'approve' });
    await until(async () => (await node.api.getRun({ id: trial.runId ?? '' })).endedAt);
    expect(existsSync(join(folder, 'note.md'))).toBe(true);
  });

  test('that fails or is refused counts as no failure of the agent, and adds nothing to what it said', async () => {
    const node = await handRuntime();
    await create(node, 'worker');
    const missing = await node.api.tryTool({ name: 'worker', tool: 'read_file', args: { path: 'out/none.md' } });
    expect(missing).toMatchObject({ state: 'failed', error: { code: 'PATH_NOT_FOUND' } });
    const wrong = await node.api.tryTool({ name: 'worker', tool: 'read_file', args: { file: 1 } });
    expect(wrong).toMatchObject({ state: 'failed', error: { code: 'TOOL_ARGS_INVALID' } });
    expect(await node.api.getProcess({ name: 'worker' })).toMatchObject({ consecutiveFailures: 0 });
    expect((await node.api.getConversation({ name: 'worker' })).items).toEqual([]);
  });

  test('is held by the limits of the agent', async () => {
    const node = await handRuntime();
    await create(node, 'poor', { budget: { max_tool_calls_per_day: 1 } });
    const list = { name: 'poor', tool: 'list_files', args: { path: 'out' } };
    expect(await node.api.tryTool(list)).toMatchObject({ state: 'ok' });
    expect(await node.api.tryTool(list)).toMatchObject({ state: 'waiting' });
    expect((await node.api.listInbox({})).items).toMatchObject([{ kind: 'top_up' }]);
  });

  test('must be one of the agent, and the agent must work', async () => {
    const node = await handRuntime();
    await create(node, 'worker');
    await expect(node.api.tryTool({ name: 'worker', tool: 'format_disk' })).rejects.toMatchObject({
      code: 'TOOL_UNKNOWN',
    });
    await node.api.stopProcess({ name: 'worker' });
    await expect(node.api.tryTool({ name: 'worker', tool: 'list_files' })).rejects.toMatchObject({
      code: 'TRANSITION_REFUSED',
    });
  });

  test('cannot be smuggled in by whoever wakes the agent', async () => {
    const node = await handRuntime();
    await create(node, 'worker', { triggers: [{ id: 'try-tool', type: 'webhook', webhook_path: '/x' }] });
    const payload = { tries: 'write_file', metadata: { tries: 'write_file' } };
    const { eventId } = await node.api.wakeProcess({ name: 'worker', trigger: 'try-tool', payload });
    const run = await until(async () =>
      (await node.api.listRuns({ state: 'done' })).items.find((one) => one.eventId === eventId),
    );
    expect(run.output).toBe('worked');
  });
});
