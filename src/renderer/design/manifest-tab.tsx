import { Code } from 'lucide-react';
import { useMemo } from 'react';
import { LazyCode } from '../ui/lazy-code.tsx';
import { Empty, Loading } from '../ui/notes.tsx';
import { DraftBar } from './draft-bar.tsx';
import { ProblemList } from './problem-list.tsx';
import { useAgentDraft } from './use-agent-draft.ts';

/** The definition of an agent as text, checked while it is written. */
export function ManifestTab({ name }: { name: string }) {
  const agent = useAgentDraft(name);
  const problems = useMemo(() => agent?.checked.check.problems ?? [], [agent?.checked.check.problems]);
  if (!agent)
    return (
      <div className="px-6">
        <Loading rows={10} />
      </div>
    );
  if (agent.draft.text === '' && agent.draft.base === '') return <Empty icon={Code} title="It has no manifest." />;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <DraftBar agent={agent} />
      <div className="min-h-0 flex-1 px-6 pb-3 narrow:px-4">
        <LazyCode
          language="yaml"
          label={`Manifest of ${name}`}
          value={agent.draft.text}
          problems={problems}
          onChange={(text) => agent.write(text, 'text')}
          className="h-full"
        />
      </div>
      <ProblemList problems={problems} warnings={agent.checked.check.warnings} />
    </div>
  );
}
