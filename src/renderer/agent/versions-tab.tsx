import { Bot, Cog, type LucideIcon, User } from 'lucide-react';
import { useState } from 'react';
import type { VersionView } from '../../shared/views/version-views.ts';
import { usePages } from '../stores/use-pages.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Ago } from '../ui/time.tsx';
import { OpenModePanel } from './open-mode-panel.tsx';
import { VersionPane } from './version-pane.tsx';

const pageSize = 50;
const idOf = (version: VersionView) => version.id;

/** What the agent was before it became what it is: who changed what and why, and a way back. */
export function VersionsTab({ name }: { name: string }) {
  const versions = usePages(
    `versions:${name}`,
    [`process:${name}`],
    idOf,
    (client, cursor) => client.listVersions({ name, limit: pageSize, ...(cursor && { cursor }) }),
    false,
  );
  const [chosen, setChosen] = useState<string | null>(null);
  const current = versions.rows.find(({ id }) => id === chosen) ?? versions.rows[0];
  if (versions.error) return <ErrorNote error={versions.error} />;
  if (versions.loading) return <Loading rows={6} />;
  return (
    <>
      <OpenModePanel name={name} versions={versions.rows} />
      <div className="grid grid-cols-1 items-start gap-(--gap) md:grid-cols-[minmax(15rem,21rem)_minmax(0,1fr)]">
        <section aria-label="Versions" className="overflow-hidden rounded-xl border bg-surface shadow-raised">
          <ol className="max-h-[70vh] overflow-y-auto py-1">
            {versions.rows.map((version) => (
              <li key={version.id}>
                <button
                  type="button"
                  aria-pressed={current?.id === version.id}
                  onClick={() => setChosen(version.id)}
                  className={cx(
                    'flex w-full items-start gap-2.5 px-3 py-2 text-left hover:bg-hover',
                    current?.id === version.id && 'bg-accent-soft hover:bg-accent-soft',
                  )}
                >
                  <VersionLine version={version} />
                </button>
              </li>
            ))}
          </ol>
          {versions.more && (
            <div className="border-t p-2 text-center">
              <Button look="ghost" onClick={versions.loadMore}>
                Older ones
              </Button>
            </div>
          )}
        </section>
        {current && <VersionPane key={current.id} name={name} version={current} />}
      </div>
    </>
  );
}

const authors: Record<VersionView['author'], { icon: LucideIcon; text: string }> = {
  person: { icon: User, text: 'by a person' },
  agent: { icon: Bot, text: 'by the agent itself' },
  runtime: { icon: Cog, text: 'by the runtime' },
};

function VersionLine({ version }: { version: VersionView }) {
  const { author, at, reason, changes, present, written } = version;
  const { icon: Icon, text } = authors[author];
  return (
    <>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="font-medium text-[0.8125rem]">Version {version.version}</span>
          {present && <Mark text="in force" />}
          {written && !present && <Mark text="as you wrote it" />}
          <span className="flex-1 text-right text-[0.6875rem] text-faint">
            <Ago at={at} />
          </span>
        </span>
        <span className="block truncate text-dim text-xs">{reason || summaryOf(changes)}</span>
        <span className="sr-only">{text}</span>
      </span>
    </>
  );
}

function Mark({ text }: { text: string }) {
  return <span className="rounded-full bg-ok-soft px-1.5 text-[0.6875rem] text-ok leading-4.5">{text}</span>;
}

function summaryOf(changes: VersionView['changes']): string {
  if (changes === null) return 'as it was created, or older than what is kept';
  const [first] = changes;
  if (!first) return 'nothing that the manifest says';
  return changes.length === 1 ? first.path : `${first.path} and ${plural(changes.length - 1, 'more place')}`;
}
