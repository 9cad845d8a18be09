import { useRoute } from '../frame/route.ts';
import { useProcess } from '../stores/use-runtime.ts';
import { Loading } from '../ui/notes.tsx';
import { DesignEditor } from './design-editor.tsx';
import { DraftBar } from './draft-bar.tsx';
import { useAgentDraft } from './use-agent-draft.ts';

/** The visual editor of an agent that lives. */
export function DesignTab({ name }: { name: string }) {
  const agent = useAgentDraft(name);
  const { query } = useRoute();
  const triggers = useProcess(name)?.triggers ?? [];
  if (!agent)
    return (
      <div className="px-6">
        <Loading rows={10} />
      </div>
    );
  const wanted = query['select']?.replace(/^trigger:/, '');
  const at = wanted === undefined ? -1 : triggers.findIndex(({ id }) => id === wanted);
  return (
    <DesignEditor
      agent={agent}
      process={name}
      firstSelected={at >= 0 ? `trigger:${at}` : null}
      bar={(tools) => <DraftBar agent={agent}>{tools}</DraftBar>}
    />
  );
}
