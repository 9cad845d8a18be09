import { Columns3 } from 'lucide-react';
import { useWorkspace, workspaceDefaults } from '../stores/workspace-store.ts';
import { Button } from '../ui/button.tsx';
import { CheckMenu } from '../ui/menu.tsx';
import { type RunColumnId, runColumns } from './runs-columns.ts';

/** Chooses what a list of runs says about each; kept for this window. */
export function RunsColumnsMenu({ named, leftOut }: { named: boolean; leftOut: readonly RunColumnId[] }) {
  const wanted = useWorkspace((state) => state.runColumns);
  const arrange = useWorkspace((state) => state.arrange);
  const toggle = (id: RunColumnId, on: boolean) =>
    arrange({ runColumns: on ? [...wanted, id] : wanted.filter((kept) => kept !== id) });
  return (
    <CheckMenu
      trigger={
        <Button icon={Columns3} className="ml-auto">
          Columns
        </Button>
      }
      entries={runColumns
        .filter(({ id }) => named || id !== 'agent')
        .map(({ id, title }) => ({
          label: title,
          checked: wanted.includes(id),
          ...(leftOut.includes(id) && { aside: 'no room' }),
          onChange: (on) => toggle(id, on),
        }))}
      reset={{ label: 'Usual columns', run: () => arrange({ runColumns: workspaceDefaults.runColumns }) }}
    />
  );
}
