import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { caughtLater } from '../world/caught.ts';
import { says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';

const hourly = 'triggers:\n  - type: cron\n    cron_expression: "0 * * * *"\n';
const hook = 'triggers:\n  - type: webhook\n    webhook_path: /in\n';

async function templates() {
  const models = await startModelServer();
  onTestFinished(() => models.close());
  const folder = join(scratchFolder(), 'templates');
  mkdirSync(folder, { recursive: true });
  const put = (name: string, settings: string, usage?: object) => {
    const model = `model:\n  id: openai-compatible:dear\n  base_url: ${models.url}\n  input_price: 1000\n  output_price: 2000\n`;
    writeFileSync(
      join(folder, `${name}.agent`),
      `version: "1.0"\nname: ${name}\n${model}instructions: Answer.\n${settings}`,
    );
    if (usage) writeFileSync(join(folder, `${name}.usage.json`), JSON.stringify(usage));
  };
  const runtime = new AgentRuntime({ templatesDir: folder });
  onTestFinished(() => runtime.close());
  const api = runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });
  const estimates = async () =>
    Object.fromEntries((await api.listTemplates({}, 'ada')).items.map(({ id, estimates: [one] }) => [id, one]));
  return { models, put, api, estimates, folder };
}

test('what a template usually costs is what it states, as often as its schedule says, and unknown where it states nothing', async () => {
  const { put, estimates, folder } = await templates();
  const usage = { input_tokens: 900, output_tokens: 100 };
  put('hourly', hourly, usage);
  put('hooked', hook, usage);
  put('both', `${hourly}${hook.replace('triggers:\n', '')}`, { ...usage, runs_per_day: 6 });
  put('silent', hourly);
  writeFileSync(
    join(folder, 'plain.agent'),
    'version: "1.0"\nname: plain\nmodel: script\nscript: export default () => 1\n',
  );
  const figures = { basis: 'stated', runs: 0, tokensPerRun: 1_000, usdPerRun: 1.1 };
  expect(await estimates()).toEqual({
    hourly: { name: 'hourly', ...figures, runsPerDay: 24 },
    hooked: { name: 'hooked', ...figures, runsPerDay: null },
    both: { name: 'both', ...figures, runsPerDay: 30 },
    silent: { name: 'silent', basis: 'unknown', runs: 0, runsPerDay: null, tokensPerRun: null, usdPerRun: null },
    plain: undefined,
  });
});

test('once agents of its name have run here, their runs say what it costs and how often it works', async () => {
  const { models, put, api, estimates } = await templates();
  put('hooked', hook, { input_tokens: 1, output_tokens: 1 });
  const [template] = (await api.listTemplates({}, 'ada')).items;
  await api.createProcess({ manifest: template?.agents[0]?.manifest ?? '', start: true }, 'ada');
  for (const count of [1, 2]) {
    models.reply(says('Well.'));
    await api.wakeProcess({ name: 'hooked', payload: {}, priority: 0 } as never, 'ada');
    await until(async () => (await api.listRuns({ state: 'done', limit: 10 } as never, 'ada')).items.length === count);
  }
  const { items } = await api.listRuns({ limit: 10 } as never, 'ada');
  const mean = (figure: (usage: (typeof items)[0]['usage']) => number) =>
    items.reduce((sum, { usage }) => sum + figure(usage), 0) / items.length;
  const found = (await estimates())['hooked'];
  expect(found).toMatchObject({ basis: 'runs', runs: 2, runsPerDay: 2 });
  expect(found?.tokensPerRun).toBeCloseTo(mean(({ inputTokens, outputTokens }) => inputTokens + outputTokens));
  expect(found?.usdPerRun).toBeCloseTo(mean(({ costUsd }) => costUsd));
  expect(found?.usdPerRun).toBeGreaterThan(0);
});

test('what a template states is refused where it is not understood', async () => {
  const { put, estimates } = await templates();
  put('odd', hourly, { tokens: 5 });
  expect(await caughtLater(estimates())).toMatchObject({ code: 'MANIFEST_INVALID' });
});
