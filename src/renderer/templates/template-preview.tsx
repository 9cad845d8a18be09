import { ChevronLeft, Zap } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { TemplateView } from '../../shared/views/views.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { Button } from '../ui/button.tsx';
import { LazyCode } from '../ui/lazy-code.tsx';
import { Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Cost, Needs } from './template-card.tsx';
import { useCreateFromTemplate } from './use-create.ts';

const ManifestPicture = lazy(() =>
  import('../design/manifest-picture.tsx').then(({ ManifestPicture }) => ({ default: ManifestPicture })),
);

/** One template as a drawing and as a file, before it is created. */
export function TemplatePreview({ template }: { template: TemplateView }) {
  const [busy, create] = useCreateFromTemplate();
  const [shown, setShown] = useState(0);
  // A whole drawing on the width of a phone is too small to be read.
  const wide = useMedia('(width >= 52rem)');
  const [as, setAs] = useState<'canvas' | 'manifest'>(wide ? 'canvas' : 'manifest');
  const agent = template.agents[shown] ?? template.agents[0];
  return (
    <Screen
      title={template.title}
      fixed
      subtitle={
        <span className="flex flex-wrap gap-x-4">
          <Needs needs={template.needs} />
          <Cost template={template} />
        </span>
      }
      lead={
        <a
          href="#/templates"
          aria-label="All templates"
          title="All templates"
          className="-ml-2 inline-flex size-8 items-center justify-center rounded-md text-dim hover:bg-hover"
        >
          <ChevronLeft aria-hidden className="size-5" />
        </a>
      }
      actions={
        <Button look="solid" size="md" icon={Zap} disabled={busy} onClick={() => void create(template)}>
          Create and run once
        </Button>
      }
    >
      <div className="px-6 narrow:px-4">
        <p className="max-w-3xl text-dim">{template.description}</p>
        <div className="flex flex-wrap items-center gap-2 py-3">
          <Segmented
            label="Show as"
            value={as}
            options={[
              { value: 'canvas', text: 'Drawing' },
              { value: 'manifest', text: 'Manifest' },
            ]}
            onChange={setAs}
          />
          {template.agents.length > 1 && (
            <Segmented
              label="Agent"
              value={String(shown)}
              options={template.agents.map(({ name }, index) => ({ value: String(index), text: name }))}
              onChange={(index) => setShown(Number(index))}
            />
          )}
        </div>
      </div>
      <div className="min-h-72 flex-1 px-6 pb-6 narrow:px-4">
        {agent && as === 'manifest' && (
          <LazyCode
            key={agent.name}
            language="yaml"
            label={`Manifest of ${agent.name}`}
            value={agent.manifest}
            className="h-full"
          />
        )}
        {agent && as === 'canvas' && (
          <Suspense fallback={<Loading />}>
            <ManifestPicture
              key={agent.name}
              manifest={agent.manifest}
              others={template.agents.map(({ manifest }) => manifest)}
            />
          </Suspense>
        )}
      </div>
    </Screen>
  );
}
