import type { TemplateView } from '../../shared/views/views.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useClient } from '../stores/use-runtime.ts';
import { useAction } from '../ui/use-action.ts';

/** Creates all agents of a template, starts them, runs the first once, and goes to where that can be watched. */
export function useCreateFromTemplate(): [busy: boolean, create: (template: TemplateView) => Promise<void>] {
  const client = useClient();
  const [busy, act] = useAction();
  const create = async ({ agents, title }: TemplateView) => {
    const names: string[] = [];
    const created = await act(
      async () => {
        for (const { manifest } of agents) names.push((await client.createProcess({ manifest, start: true })).name);
      },
      { done: `“${title}” lives now.` },
    );
    const first = names[0];
    if (!created || first === undefined) return;
    let eventId = '';
    await act(async () => {
      const payload = agents[0]?.sample ?? { reason: 'first run' };
      eventId = (await client.wakeProcess({ name: first, payload })).eventId;
    });
    navigate(eventId ? `${hrefs.agent(first, 'runs')}?event=${eventId}` : hrefs.agent(first));
  };
  return [busy, create];
}
