import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import {
  type RetentionChanges,
  type RetentionKey,
  type RetentionView,
  retentionDefaults,
} from '../../shared/operations/retention-operations.ts';
import { hrefs } from '../frame/route.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { plural } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { act } from '../ui/use-action.ts';
import { SettingRow } from './setting-row.tsx';

const rows: readonly { key: RetentionKey; title: string; text: string; least: number }[] = [
  {
    key: 'runsDays',
    title: 'Runs and what happened in them',
    text: 'Steps, events that woke agents, and the journal, of agents whose manifest does not say. What an agent keeps and remembers stays.',
    least: 0,
  },
  {
    key: 'eventsDays',
    title: 'Events and messages',
    text: 'What people published and sent, and when the node ran.',
    least: 1,
  },
  {
    key: 'trashDays',
    title: 'Deleted agents',
    text: 'Until then they come back as they were; then they are gone for good.',
    least: 1,
  },
];

/** How long things are kept. What would be deleted is shown before it is. */
export function RetentionSettings() {
  const read = useRead('retention', ['processes', 'retention'], (client) => client.getRetention({}));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading />;
  return <Rows view={read.value} onChange={read.reload} />;
}

function Rows({ view, onChange }: { view: RetentionView; onChange: () => void }) {
  const [draft, setDraft] = useState<Partial<Record<RetentionKey, string>>>({});
  const [asking, setAsking] = useState<RetentionChanges | null>(null);
  const changes: RetentionChanges = {};
  let wrong = false;
  for (const { key, least } of rows) {
    const text = draft[key];
    if (text === undefined || text.trim() === String(view[key])) continue;
    const days = Number(text);
    if (text.trim() !== '' && Number.isInteger(days) && days >= least && days <= 36_500) changes[key] = days;
    else wrong = true;
  }
  const changed = Object.keys(changes).length > 0;
  return (
    <div className="flex flex-col gap-(--gap)">
      <Panel title="How long things are kept">
        {rows.map(({ key, title, text, least }) => (
          <SettingRow
            key={key}
            title={title}
            text={text}
            byDefault={plural(retentionDefaults[key], 'day')}
            changed={(draft[key] ?? String(view[key])) !== String(retentionDefaults[key])}
            onReset={() => setDraft({ ...draft, [key]: String(retentionDefaults[key]) })}
          >
            <TextField
              type="number"
              min={least}
              max={36_500}
              aria-label={`${title}, in days`}
              value={draft[key] ?? String(view[key])}
              onChange={(event) => setDraft({ ...draft, [key]: event.target.value })}
              className="w-24 text-right tabular-nums"
            />
            <span className="text-dim text-xs">days</span>
          </SettingRow>
        ))}
        <div className="flex flex-wrap items-center justify-end gap-2 pt-3">
          {wrong && (
            <span className="flex-1 text-bad text-xs">
              Give whole days, up to 36500; trash and events at least one.
            </span>
          )}
          <Button disabled={Object.keys(draft).length === 0} onClick={() => setDraft({})}>
            Discard
          </Button>
          <Button look="solid" disabled={!changed || wrong} onClick={() => setAsking(changes)}>
            See what would go…
          </Button>
        </div>
      </Panel>
      <Panel title="Said elsewhere">
        <p className="text-[0.8125rem] text-dim">
          A conversation is kept by its length, not by time: see Context in the manifest of an agent. Context and memory
          stay until somebody forgets them. Backups have limits of their own, under Node.
        </p>
        {view.own.length > 0 && (
          <ul
            aria-label="Agents with a time of their own"
            className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-[0.8125rem]"
          >
            {view.own.map(({ process, days }) => (
              <li key={process}>
                <a className="link" href={hrefs.agent(process, 'manifest')}>
                  {process}
                </a>{' '}
                <span className="text-dim">{plural(days, 'day')}</span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      {asking && (
        <Apply
          changes={asking}
          onDone={() => {
            setDraft({});
            onChange();
          }}
          onClose={() => setAsking(null)}
        />
      )}
    </div>
  );
}

function Apply({ changes, onDone, onClose }: { changes: RetentionChanges; onDone: () => void; onClose: () => void }) {
  const client = useClient();
  const preview = useRead(`retention:${JSON.stringify(changes)}`, [], (from) => from.previewRetention(changes));
  const { runs = [], events = 0, trash = [] } = preview.value ?? {};
  const nothing = runs.length === 0 && events === 0 && trash.length === 0;
  const apply = async () => {
    const done = await act(() => client.setRetention(changes), {
      done: 'In force. What is older goes within the hour.',
    });
    if (done) onDone();
    return done;
  };
  return (
    <FormDialog
      title="What would be deleted"
      description="Within the hour, and for good. Nothing goes that something open still needs."
      asks="setRetention"
      submit="Keep to this"
      icon={Trash2}
      ready={preview.value !== undefined}
      onSubmit={apply}
      onClose={onClose}
    >
      {preview.error && <ErrorNote error={preview.error} retry={preview.reload} />}
      {!preview.value && !preview.error && <Loading />}
      {preview.value && (
        <ul aria-label="What would go" className="flex flex-col gap-1 text-[0.8125rem]">
          {nothing && <li>Nothing, as of now.</li>}
          {runs.slice(0, 50).map(({ process, entries }) => (
            <li key={process}>
              {process}: {plural(entries, 'entry', 'entries')} of its journal
            </li>
          ))}
          {runs.length > 50 && <li>and of {plural(runs.length - 50, 'more agent')}</li>}
          {events > 0 && <li>{plural(events, 'entry', 'entries')} of what people published and sent</li>}
          {trash.map((name) => (
            <li key={name}>{name}, from the trash</li>
          ))}
        </ul>
      )}
    </FormDialog>
  );
}
