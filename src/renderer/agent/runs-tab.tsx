import { useRoute } from '../frame/route.ts';
import { RunsTable } from '../runs/runs-table.tsx';
import { WokenEvent } from '../runs/woken-event.tsx';

export function AgentRunsTab({ name }: { name: string }) {
  const { query } = useRoute();
  return (
    <>
      {query['event'] && <WokenEvent id={query['event']} />}
      <RunsTable process={name} query={query} />
    </>
  );
}
