import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { BusEventView } from '../../src/shared/views/views.ts';
import { calls, callsEach, says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { type TemplateNode, templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

type Progress = Record<string, { question?: string; stage: string; steps: string[] }>;

const progress = async (node: TemplateNode) =>
  ((await node.context('research-searcher'))['progress'] ?? {}) as Progress;
const isFinished = (node: TemplateNode, task: string) =>
  until(async () => (await progress(node))[task]?.stage === 'finished', 30_000);
const report = (node: TemplateNode, task: string) =>
  readFileSync(join(node.folder, 'files', 'research-pipeline', 'reports', `${task}.md`), 'utf8');

test('a question goes from agent to agent, comes back from the reviewer once, and ends as a report with sources', async () => {
  const node = await templateNode('research-pipeline');
  const question = 'How do bees find flowers and tell each other?';
  await node.child().call('POST', '/events', { type: 'research.requested', data: { task: 'bees', question } });
  await until(async () => (await progress(node))['bees'] !== undefined);
  await node.kill();
  expect(
    (
      await node
        .child()
        .call('POST', '/hooks/research-searcher/task', { task: 'moon', question: 'What is the moon made of?' })
    ).status,
  ).toBe(202);
  await isFinished(node, 'bees');
  await isFinished(node, 'moon');

  const text = report(node, 'bees');
  expect(text).toContain(`# ${question}`);
  const statements = text.split('\n').filter((line) => line.startsWith('- '));
  expect(statements.length).toBeGreaterThan(1);
  for (const statement of statements) expect(statement).toMatch(/ \[[\w-]+\.md:\d+(, [\w-]+\.md:\d+)*\]\.$/);
  // Two notes say the same: one statement, two sources.
  expect(statements.filter((line) => line.includes('by colour first'))).toHaveLength(1);
  expect(text).toMatch(/by colour first.*\[bee-senses\.md:3, gardens\.md:4\]/);
  expect((await progress(node))['bees']).toMatchObject({
    question,
    steps: ['searched', 'analyzed', 'written', 'rejected', 'written', 'finished'],
  });
  expect(report(node, 'moon')).toContain('Nothing was found about this.');
  const finished = await node.items<BusEventView>('/events?type=research.finished');
  expect(finished.map(({ data }) => (data as { task: string }).task).sort()).toEqual(['bees', 'moon']);
}, 60_000);

test('a model does the same by the instructions that come with the agents', async () => {
  const models = await startModelServer();
  onTestFinished(() => models.close());
  models.reply(({ lastUserText, toolAnswers, messages }) => {
    const system = String(messages[0]?.['content']);
    const tell = (type: string, stage: string, data: object) =>
      callsEach([
        ['emit_event', { type, data: { task: 'bees', ...data } }],
        ['emit_event', { type: 'research.progress', data: { task: 'bees', stage, note: 'as told' } }],
      ]);
    if (system.includes('You begin research')) {
      if (lastUserText.includes('"stage"')) {
        if (toolAnswers.length > 0) return says('kept');
        const stage = /"stage": "(\w+)"/.exec(lastUserText)?.[1] ?? '';
        return calls('set_context', { key: 'progress', value: { bees: { stage, steps: [stage] } } });
      }
      if (toolAnswers.length === 0) return calls('search_files', { path: 'library', text: 'dance' });
      if (toolAnswers.length > 1) return says('found');
      expect(toolAnswers[0]).toContain('waggle-dance.md');
      const passages = [{ file: 'waggle-dance.md', line: 3, text: 'A honey bee dances.' }];
      return calls('emit_event', { type: 'research.found', data: { task: 'bees', question: 'Dance?', passages } });
    }
    if (toolAnswers.length > 1) return says('done');
    if (system.includes('You analyze')) {
      const findings = [{ text: 'Bees dance', sources: ['waggle-dance.md:3'], weight: 1 }];
      return tell('research.analyzed', 'analyzed', { question: 'Dance?', findings });
    }
    if (system.includes('You write reports'))
      return tell('research.written', 'written', {
        question: 'Dance?',
        revision: 1,
        text: '- Bees dance [waggle-dance.md:3].',
      });
    if (toolAnswers.length === 0)
      return calls('write_file', { path: 'reports/bees.md', content: '- Bees dance [waggle-dance.md:3].' });
    return tell('research.finished', 'finished', { file: 'bees.md' });
  });
  const node = await templateNode('research-pipeline', models.url);
  await node
    .child()
    .call('POST', '/events', { type: 'research.requested', data: { task: 'bees', question: 'Dance?' } });
  // A run that read files and may write them asks before it tells others: here nothing goes outside, so nobody is asked.
  await isFinished(node, 'bees');
  expect(report(node, 'bees')).toContain('[waggle-dance.md:3]');
  const finished = await node.items<BusEventView>('/events?type=research.finished');
  expect(finished.map(({ data, source }) => [source, (data as { file: string }).file])).toEqual([
    ['research-reviewer', 'bees.md'],
  ]);
}, 60_000);
