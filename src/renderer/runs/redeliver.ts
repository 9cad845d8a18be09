import type { RuntimeClient } from '../../shared/api.ts';
import type { RunBrief } from '../../shared/views/views.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { act } from '../ui/use-action.ts';

/** Lets what woke a run wake its agent once more, and goes to what comes of it. */
export async function redeliver(client: RuntimeClient, run: Pick<RunBrief, 'eventId' | 'process'>): Promise<void> {
  let eventId = '';
  await act(
    async () => {
      eventId = (await client.redeliver({ id: run.eventId })).eventId;
    },
    { done: 'Its event runs again.' },
  );
  if (eventId) navigate(`${hrefs.agent(run.process, 'runs')}?event=${eventId}`);
}
