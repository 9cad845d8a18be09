import { Screen } from '../ui/screen.tsx';
import { RunsTable } from './runs-table.tsx';

/** Every run of every agent. */
export function RunsScreen({ query }: { query: Record<string, string> }) {
  return (
    <Screen title="Runs" fixed>
      <RunsTable query={query} />
    </Screen>
  );
}
