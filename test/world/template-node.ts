import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import type { TemplateView } from '../../src/shared/views/views.ts';
import { home } from './home.ts';
import { type NodeChild, startNode } from './node-child.ts';

export interface TemplateNode {
  /** The present one: another after each `kill`. */
  child(): NodeChild;
  folder: string;
  kill(): Promise<void>;
  items<T>(path: string): Promise<T[]>;
  context(process: string): Promise<Record<string, unknown>>;
}

/**
 * A node on which all agents of a template have been created and started, as the window would do it. No cron of theirs
 * fires by itself meanwhile: stories wake them at their times by hand.
 */
export async function templateNode(id: string, modelUrl?: string): Promise<TemplateNode> {
  const folder = home();
  let child = await startNode(folder);
  onTestFinished(() => child.kill());
  const { items } = (await child.call('GET', '/templates')).body as { items: TemplateView[] };
  const template = items.find((one) => one.id === id);
  for (const agent of template?.agents ?? []) {
    const manifest = agent.manifest.replace(/cron_expression: .*/g, 'cron_expression: "0 0 29 2 *"');
    const reply = await child.call('POST', '/processes', {
      manifest: modelUrl ? withModel(manifest, modelUrl) : manifest,
      start: true,
    });
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
  }
  return {
    folder,
    child: () => child,
    async kill() {
      await child.kill();
      child = await startNode(folder);
    },
    items: async <T>(path: string) => ((await child.call('GET', path)).body as { items: T[] }).items,
    async context(process) {
      const cells = (
        (await child.call('GET', `/processes/${process}/context`)).body as { items: { key: string; value: unknown }[] }
      ).items;
      return Object.fromEntries(cells.map(({ key, value }) => [key, value]));
    },
  };
}

/** The one change that puts a model in the place of the script. */
function withModel(manifest: string, url: string): string {
  const { script: _script, ...rest } = parse(manifest) as Record<string, unknown>;
  return stringify({ ...rest, model: { id: 'openai-compatible:test', base_url: url } });
}
