import { Brain, History } from 'lucide-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { hrefOf, navigate } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useProcesses, useRuntime } from '../stores/use-runtime.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { Empty, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { KeepersTable } from './keepers-table.tsx';
import { MemoryHits } from './memory-hits.tsx';
import { MemoryPast } from './memory-past.tsx';

/** What all agents keep and remember: looked through at once, or agent by agent. */
export function MemoryScreen({ query }: { query: Record<string, string> }) {
  const processes = useProcesses();
  const ready = useRuntime((state) => state.ready);
  const wanted = query['q'] ?? '';
  const then = query['at'];
  const lookBack = (at: number | 'newest' | null) =>
    navigate(hrefOf(['memory'], at === null ? {} : { at: String(at) }), 'replace');
  const [typed, setTyped] = useState(wanted);
  useEffect(() => setTyped(wanted), [wanted]);
  const field = useRef<HTMLInputElement>(null);
  useShortcuts({
    search: () => field.current?.focus(),
    back: () => (wanted || then ? look('') : false),
  });
  const look = (text: string) => {
    setTyped(text);
    navigate(hrefOf(['memory'], { q: text }), 'replace');
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    look(typed.trim());
  };
  return (
    <Screen
      title="Memory"
      fixed
      subtitle="What agents keep between runs, and what they remember for good"
      actions={
        processes.length > 0 &&
        !then && (
          <Button icon={History} onClick={() => lookBack('newest')}>
            Look back
          </Button>
        )
      }
      bar={
        processes.length > 0 &&
        !then && (
          <form className="flex gap-2 pb-2" onSubmit={submit}>
            <SearchField
              ref={field}
              label="Search what all agents keep and remember"
              placeholder="Search in all of them  /"
              value={typed}
              onText={setTyped}
              className="w-96 max-w-full"
            />
            <Button type="submit" className="h-8">
              Look
            </Button>
          </form>
        )
      }
    >
      {!ready && (
        <div className="px-6">
          <Loading rows={8} />
        </div>
      )}
      {ready && processes.length === 0 && (
        <Empty icon={Brain} title="Nobody remembers anything yet">
          <p>Agents keep values under names, and store what they want to know for good. Both stand here.</p>
          <LinkButton href="#/templates">Choose a template</LinkButton>
        </Empty>
      )}
      {processes.length > 0 && then && (
        <MemoryPast
          at={Number.isFinite(Number(then)) ? Number(then) : null}
          onAt={lookBack}
          onClose={() => lookBack(null)}
        />
      )}
      {processes.length > 0 && !then && (wanted ? <MemoryHits key={wanted} text={wanted} /> : <KeepersTable />)}
    </Screen>
  );
}
