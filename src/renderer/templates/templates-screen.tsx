import { FolderInput, LayoutTemplate } from 'lucide-react';
import { navigate } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { LoadFolder } from './load-folder.tsx';
import { TemplateCard } from './template-card.tsx';
import { TemplatePreview } from './template-preview.tsx';

/** Agents to begin with: look at them first, then create them in one click. */
export function TemplatesScreen({ selected, query }: { selected: string | undefined; query: Record<string, string> }) {
  const read = useRead('templates', [], (client) => client.listTemplates({}));
  const templates = read.value?.items ?? [];
  const chosen = templates.find(({ id }) => id === selected);
  if (chosen) return <TemplatePreview template={chosen} />;
  return (
    <Screen
      title="Templates"
      subtitle="Look at one first: what wakes it, what it may do. Then it is one click."
      actions={
        <Button size="md" icon={FolderInput} onClick={() => navigate('#/templates?load=1', 'replace')}>
          Load .agent files
        </Button>
      }
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading rows={6} />}
      {read.value && templates.length === 0 && (
        <Empty icon={LayoutTemplate} title="This installation has no templates.">
          Load .agent files from a folder instead.
        </Empty>
      )}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(18rem,1fr))] gap-3">
        {templates.map((template) => (
          <TemplateCard key={template.id} template={template} />
        ))}
      </ul>
      {query['load'] === '1' && <LoadFolder onClose={() => navigate('#/templates', 'replace')} />}
    </Screen>
  );
}
