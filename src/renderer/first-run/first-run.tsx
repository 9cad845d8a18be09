import { FolderInput, PencilRuler, Zap } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { TemplateView } from '../../shared/views/views.ts';
import { NotHere } from '../stores/access.tsx';
import { useRead } from '../stores/use-runtime.ts';
import { LoadFolder } from '../templates/load-folder.tsx';
import { needsModel, TemplateCard } from '../templates/template-card.tsx';
import { useCreateFromTemplate } from '../templates/use-create.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';

/** What an empty node shows: three ways to begin, in the app itself. None of them needs a key. */
export function FirstRun() {
  const templates = useRead('templates', [], (client) => client.listTemplates({}));
  const [loading, setLoading] = useState(false);
  const [busy, create] = useCreateFromTemplate();
  const starter = starterOf(templates.value?.items ?? []);
  const others = templates.value?.items.filter(({ id }) => id !== starter?.id) ?? [];
  return (
    <Screen title="Now">
      <div className="mx-auto max-w-5xl pt-4">
        <h2 className="font-semibold text-2xl leading-tight">Nothing lives here yet.</h2>
        <p className="mt-1.5 max-w-2xl text-base text-dim">
          An agent here has a life: it wakes by itself, remembers, survives restarts, and asks you when it should. Three
          ways to begin; no key is needed.
        </p>
        <NotHere asks="createProcess" />
        <div className="mt-6 grid grid-cols-1 gap-(--gap) md:grid-cols-3">
          <Way
            icon={<Zap aria-hidden className="size-5" />}
            title={starter?.title ?? 'Start with a ready agent'}
            text={starter?.description ?? 'An agent that does real work on this computer, without a model.'}
            lit
          >
            <Button
              look="solid"
              size="lg"
              icon={Zap}
              asks="createProcess"
              disabled={busy || !starter}
              onClick={() => starter && void create(starter)}
            >
              Create and run once
            </Button>
          </Way>
          <Way
            icon={<PencilRuler aria-hidden className="size-5" />}
            title="Design one"
            text="Draw what wakes it, what it may do and what it tells others. Every part is a form; the file is written for you."
          >
            <LinkButton size="lg" asks="createProcess" href="#/new">
              Open the canvas
            </LinkButton>
          </Way>
          <Way
            icon={<FolderInput aria-hidden className="size-5" />}
            title="Load what you have"
            text="A .agent file, or a folder of them, from this computer or a repository."
          >
            <Button size="lg" asks="loadManifests" onClick={() => setLoading(true)}>
              Load a folder
            </Button>
          </Way>
        </div>
        {templates.error && <ErrorNote error={templates.error} retry={templates.reload} className="mt-6" />}
        {!templates.value && !templates.error && <Loading />}
        {others.length > 0 && (
          <section aria-label="More templates" className="mt-8">
            <h3 className="mb-3 font-semibold">More to begin with</h3>
            <ul className="grid grid-cols-[repeat(auto-fill,minmax(17rem,1fr))] gap-3">
              {others.slice(0, 6).map((template) => (
                <TemplateCard key={template.id} template={template} />
              ))}
            </ul>
          </section>
        )}
      </div>
      {loading && <LoadFolder onClose={() => setLoading(false)} />}
    </Screen>
  );
}

/** Does real work on this computer at once, so it is the one to begin with where it comes with the program. */
const preferred = 'pipeline-monitor';

function starterOf(templates: readonly TemplateView[]): TemplateView | undefined {
  const free = templates.filter(({ needs }) => !needsModel(needs));
  return free.find(({ id }) => id === preferred) ?? free[0] ?? templates[0];
}

interface WayProps {
  icon: ReactNode;
  title: string;
  text: string;
  lit?: boolean;
  children: ReactNode;
}

function Way({ icon, title, text, lit = false, children }: WayProps) {
  return (
    <section
      className={`flex flex-col rounded-xl border bg-surface p-5 shadow-raised ${lit ? 'border-accent/60' : ''}`}
    >
      <span
        className={`flex size-10 items-center justify-center rounded-lg ${lit ? 'bg-accent-soft text-accent-text' : 'bg-sunken text-dim'}`}
      >
        {icon}
      </span>
      <h3 className="mt-3 font-semibold text-base">{title}</h3>
      <p className="mt-1 mb-4 flex-1 text-dim">{text}</p>
      {children}
    </section>
  );
}
