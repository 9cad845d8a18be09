import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import { caughtLater } from '../world/caught.ts';
import { cli } from '../world/cli.ts';
import { script, wake } from '../world/make.ts';
import { says } from '../world/model-replies.ts';
import { drained } from '../world/outcomes.ts';
import { createWorld, type World } from '../world/world.ts';

const apiOf = (runtime: AgentRuntime) => runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });

/** A runtime whose process has had one event; and the run that came of it. */
async function ranOnce(world: World, config: ProcessConfigInput, payload: object) {
  const runtime = await world.runtime();
  const process = await runtime.register({ name: 'p', config });
  await process.start();
  await wake(process, payload as never);
  await drained(process);
  const api = apiOf(runtime);
  const [run] = (await api.listRuns({ limit: 1 }, 'ada')).items;
  return { runtime, process, api, id: run?.id ?? '' };
}

const busy = script(`
  const before = (await agent.context.get('n')) ?? 0;
  await agent.context.set('n', before + event.payload.n);
  await agent.context.set('when', agent.now() > 0);
  await agent.context.set('draw', agent.random());
  await agent.sleep(5);
  await agent.emit('counted', { n: before + event.payload.n, id: event.id });
  return { n: before + event.payload.n }`);

describe('a run that is made again from its record', () => {
  test('goes the same way to the same state, and writes nothing', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const { api, id, process } = await ranOnce(world, { ...busy, context: { initialState: { n: 40 } } }, { n: 2 });
    const { seq } = process.snapshot;
    const report = await api.replayRun({ id }, 'ada');
    expect(report).toMatchObject({
      same: true,
      divergence: null,
      steps: report.recordedSteps,
      replayed: { output: { n: 42 } },
    });
    expect(report.replayed.hash).toBe(report.recorded.hash);
    expect(process.snapshot.seq).toBe(seq);
  });

  test('of a model agent asks no model', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const model = await world.model();
    const { api, id } = await ranOnce(world, await world.thinking(), { text: 'hello' });
    const asked = model.chatCount;
    expect(asked).toBeGreaterThan(0);
    expect(await api.replayRun({ id }, 'ada')).toMatchObject({ same: true, steps: 1 });
    expect(model.chatCount).toBe(asked);
  });

  test('sums a long conversation up with the recorded answer', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const model = await world.model();
    model.reply((request) => says(`answer ${request.n}`));
    const context = { conversationMaxMessages: 2, conversationCompaction: 'summary' as const };
    const { api, process } = await ranOnce(world, await world.thinking({ context }), { text: 'hello' });
    await wake(process, { text: 'again' });
    await drained(process);
    const [latest] = (await api.listRuns({ limit: 1 }, 'ada')).items;
    const asked = model.chatCount;
    expect(await api.replayRun({ id: latest?.id ?? '' }, 'ada')).toMatchObject({
      same: true,
      divergence: null,
      steps: 2,
    });
    expect(model.chatCount).toBe(asked);
  });

  test('says where it goes another way', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const { api, id } = await ranOnce(world, busy, { n: 1 });
    const { record } = await api.saveRunAsTest({ id }, 'ada');
    const changed = busy.script.replace("set('when', agent.now() > 0)", "set('other', 1)");
    const file = join(world.folder, 'changed.run.json');
    record.definition.manifest['script'] = changed;
    writeFileSync(file, JSON.stringify(record));
    const { code, out } = await cli(['test', file]);
    expect(code).not.toBe(0);
    expect(out).toContain('Step 2 was context "set when" when it was recorded, and is context "set other" now');
  });

  test('is refused where its steps are not kept', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const { api, id, runtime, process } = await ranOnce(world, { ...busy, journal: { level: 'checkpoint' } }, { n: 1 });
    await process.journaled.checkpoint();
    await runtime.housekeeping.tidy();
    expect(await caughtLater(api.replayRun({ id }, 'ada'))).toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('not kept'),
    });
  });
});

describe('a run that is forked', () => {
  test('takes the earlier steps for nothing and goes on by itself with what was edited', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const asking = script(`
      const a = await agent.ask('first?');
      await agent.context.set('a', a);
      const b = await agent.ask('second?');
      return a + ' ' + b + ' ' + event.id.slice(0, 3)`);
    const runtime = await world.runtime();
    const process = await runtime.register({ name: 'p', config: asking });
    await process.start();
    const api = apiOf(runtime);
    const answer = async (text: string) => {
      const [item] = await world.until(async () => {
        const { items } = await api.listInbox({ state: 'open', limit: 5 }, 'ada');
        return items.length > 0 ? items : undefined;
      });
      await api.answerInboxItem({ id: item?.id ?? '', answer: text }, 'ada');
    };
    await wake(process, {});
    await answer('one');
    await answer('two');
    await drained(process);
    const [first] = (await api.listRuns({ limit: 1 }, 'ada')).items;
    const id = first?.id ?? '';
    const edited = await api.forkRun({ id, step: 1, edit: { result: 'eins' } }, 'ada');
    await answer('zwei');
    await drained(process);
    const run = await api.getRun({ id: edited.runId }, 'ada');
    expect(run).toMatchObject({ state: 'done', output: 'eins zwei evt', eventId: edited.eventId });
    const later = await api.forkRun({ id, step: 3, edit: {} }, 'ada');
    await answer('drei');
    await drained(process);
    expect((await api.getRun({ id: later.runId }, 'ada')).output).toBe('one drei evt');
    expect(await api.compareRuns({ id, other: later.runId }, 'ada')).toMatchObject({ differsAt: 3, sameOutput: false });
    expect((await api.replayRun({ id: later.runId }, 'ada')).same).toBe(true);
    expect((await api.getTriggerEvent({ id: edited.eventId }, 'ada')).metadata['forked_from']).toBe(id);
    expect(await caughtLater(api.forkRun({ id, step: 9, edit: {} }, 'ada'))).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  test('with another prompt asks the model only from there on, for this run alone', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const model = await world.model();
    const { api, id, process } = await ranOnce(world, await world.thinking(), { text: 'hello' });
    const before = model.chatCount;
    const copy = await api.forkRun({ id, step: 2, edit: {} }, 'ada');
    await drained(process);
    expect(model.chatCount).toBe(before);
    expect(await api.getRun({ id: copy.runId }, 'ada')).toMatchObject({
      state: 'done',
      usage: { modelCalls: 0, costUsd: 0 },
    });
    const anew = await api.forkRun({ id, step: 1, edit: { prompt: 'Answer in verse.' } }, 'ada');
    await drained(process);
    expect(model.chatCount).toBe(before + 1);
    expect(JSON.stringify(model.chats.at(-1))).toContain('Answer in verse.');
    expect(await api.getRun({ id: anew.runId }, 'ada')).toMatchObject({ state: 'done', usage: { modelCalls: 1 } });
    expect(process.knownConfig?.instructions).toBe('Do what you are told.');
    expect(process.snapshot.pinned.size).toBe(0);
  });
});

test('a run that is forked at a tool call makes it with the arguments it was given instead', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  const noting = script(`
    await agent.tool('set_context', { key: 'k', value: event.payload.n });
    return await agent.context.get('k')`);
  const { api, id, process } = await ranOnce(world, noting, { n: 1 });
  const { runId } = await api.forkRun({ id, step: 1, edit: { args: { key: 'k', value: 'edited' } } }, 'ada');
  await drained(process);
  expect(await api.getRun({ id: runId }, 'ada')).toMatchObject({
    state: 'done',
    steps: [{ name: 'set_context', args: { key: 'k', value: 'edited' } }],
  });
  expect(process.snapshot.context.get('k')?.value).toBe('edited');
});

test('a run saved as a test is made again by the command line, with no node and no network', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  const { api, id } = await ranOnce(world, busy, { n: 5 });
  const folder = join(world.folder, 'tests');
  mkdirSync(folder);
  const { file, record } = await api.saveRunAsTest({ id }, 'ada');
  expect(file).toMatch(/^p-.*\.run\.json$/);
  writeFileSync(join(folder, file), JSON.stringify(record));
  expect(await cli(['test', folder])).toMatchObject({
    code: 0,
    out: expect.stringContaining('1 of 1 went as recorded.'),
  });
  expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).toMatchObject({
    format: 1,
    expected: { output: { n: 5 } },
  });
  writeFileSync(join(folder, 'broken.run.json'), '{}');
  expect((await cli(['test', folder])).out).toContain('1 of 2 went as recorded.');
});
