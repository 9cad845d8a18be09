import { FolderOpen } from 'lucide-react';
import { LinkButton } from '../ui/button.tsx';
import { Screen } from '../ui/screen.tsx';
import { RunsTable } from './runs-table.tsx';

/** Every run of every agent. */
export function RunsScreen({ query }: { query: Record<string, string> }) {
  return (
    <Screen
      title="Runs"
      fixed
      actions={
        <LinkButton icon={FolderOpen} href="#/runs/bundle">
          Open a bundle…
        </LinkButton>
      }
    >
      <RunsTable query={query} />
    </Screen>
  );
}
