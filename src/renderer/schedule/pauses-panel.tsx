import { CalendarOff, PencilLine, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { PausesView, PauseWindow } from '../../shared/config/pause-config.ts';
import { Allowed } from '../stores/access.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Until } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { PauseDialog } from './pause-dialog.tsx';
import { pauseWords } from './pause-draft.ts';

/** Holidays and quiet hours: when schedules do not wake agents. */
export function PausesPanel() {
  const read = useRead('pauses', ['pauses'], (client) => client.getPauses({}));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading rows={4} />;
  return (
    <Allowed asks="setPauses">
      <Windows view={read.value} onChange={read.reload} />
    </Allowed>
  );
}

function Windows({ view: { windows, now }, onChange }: { view: PausesView; onChange: () => void }) {
  const client = useClient();
  const [editing, setEditing] = useState<PauseWindow | 'new' | null>(null);
  const set = async (wanted: PauseWindow[], done: string, undo = false) => {
    const kept = await act(() => client.setPauses({ windows: wanted }), {
      done,
      ...(undo ? { undo: () => client.setPauses({ windows }) } : {}),
    });
    onChange();
    return kept;
  };
  const keep = (window: PauseWindow) => {
    const isKnown = windows.some(({ id }) => id === window.id);
    const next = isKnown ? windows.map((one) => (one.id === window.id ? window : one)) : [...windows, window];
    return set(next, `“${window.title}” is in force.`);
  };
  const toggle = (window: PauseWindow) =>
    void set(
      windows.map((one) => (one === window ? { ...one, enabled: !one.enabled } : one)),
      window.enabled ? `“${window.title}” is off.` : `“${window.title}” is in force.`,
    );
  const remove = (window: PauseWindow) =>
    void set(
      windows.filter((one) => one !== window),
      `“${window.title}” is gone. What it holds back keeps its time.`,
      true,
    );
  return (
    <Panel
      title="Pause windows"
      icon={CalendarOff}
      aside={
        <Button icon={Plus} onClick={() => setEditing('new')}>
          Add
        </Button>
      }
    >
      {windows.length === 0 && (
        <Empty icon={CalendarOff} title="Schedules never rest">
          Add quiet hours or a holiday, for all agents or for some.
        </Empty>
      )}
      <ul aria-label="Pause windows" className="flex flex-col">
        {windows.map((window) => {
          const until = now.find(({ id }) => id === window.id)?.until;
          return (
            <li
              key={window.id}
              className="flex flex-wrap items-center gap-3 border-line/60 border-b py-2 text-[0.8125rem] last:border-0"
            >
              <div className="min-w-0 flex-1">
                <p className="font-medium">
                  {window.title}
                  {until !== undefined && (
                    <span className="ml-2 font-normal text-warn">
                      holds now, for <Until at={until} className="tabular-nums" />
                    </span>
                  )}
                </p>
                <p className="text-dim text-xs">
                  {pauseWords(window)} · {window.processes.length === 0 ? 'all agents' : window.processes.join(', ')} ·{' '}
                  {window.policy === 'skip' ? 'planned times are left out' : 'one of each schedule waits for the end'}
                </p>
              </div>
              <Button aria-pressed={window.enabled} onClick={() => toggle(window)}>
                {window.enabled ? 'Switch off' : 'Switch on'}
                <span className="sr-only"> {window.title}</span>
              </Button>
              <IconButton icon={PencilLine} label={`Change ${window.title}`} onClick={() => setEditing(window)} />
              <IconButton icon={Trash2} label={`Remove ${window.title}`} onClick={() => remove(window)} />
            </li>
          );
        })}
      </ul>
      {editing && (
        <PauseDialog
          {...(editing === 'new' ? {} : { window: editing })}
          taken={windows.map(({ id }) => id)}
          onClose={() => setEditing(null)}
          onKeep={keep}
        />
      )}
    </Panel>
  );
}
