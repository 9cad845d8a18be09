import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunView, TemplateView } from '../../src/shared/views/views.ts';
import { templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

const ids = readdirSync(join(import.meta.dirname, '../../resources/templates')).map((name) =>
  name.replace(/\.agent$/, ''),
);

test.each(ids)(
  '%s: each of its agents, run now with nothing given, ends well and says something',
  async (id) => {
    const node = await templateNode(id);
    const templates = await node.items<TemplateView>('/templates');
    const agents = templates.find((one) => one.id === id)?.agents ?? [];
    expect(agents.length).toBeGreaterThan(0);
    for (const { name } of agents) {
      for (const trigger of [undefined, ...(await triggersOf(name))]) {
        const { body } = await node.child().call('POST', `/processes/${name}/wake`, trigger ? { trigger } : {});
        const { eventId } = body as { eventId: string };
        const run = await until(async () => {
          const runs = await node.items<RunView>(`/runs?process=${name}&limit=100`);
          return runs.find((one) => one.eventId === eventId && ['done', 'failed', 'parked'].includes(one.state));
        }, 30_000);
        const said = { name, trigger, state: run.state, error: run.error, output: String(run.output) };
        expect(said).toMatchObject({ state: 'done', error: null });
        expect(said.output).not.toMatch(/undefined|TypeError|NaN|\[object/);
        expect(said.output.length).toBeGreaterThan(10);
      }
    }

    async function triggersOf(name: string): Promise<string[]> {
      return (await node.items<{ id: string }>(`/processes/${name}/triggers`)).map((trigger) => trigger.id);
    }
  },
  60_000,
);
