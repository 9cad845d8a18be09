import { MonitorOff } from 'lucide-react';
import { useId, useState } from 'react';
import type { DesktopChanges, DesktopView } from '../../shared/operations/desktop-operations.ts';
import { useClient, useRead, useRuntime } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Checkbox, TextField } from '../ui/fields.tsx';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';
import { SettingRow } from './setting-row.tsx';

/** What the desktop app around the node remembers for a person. */
export function DesktopSettings() {
  const node = useRuntime((state) => state.node);
  if (!node) return <Loading />;
  if (!node.desktop)
    return (
      <Empty icon={MonitorOff} title="This node runs without the desktop app">
        It starts and ends as its host says.
      </Empty>
    );
  return <Known />;
}

function Known() {
  const read = useRead('desktop-settings', [], (client) => client.getDesktopSettings({}));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading />;
  return <Rows view={read.value} onChange={read.reload} />;
}

const switches: readonly {
  key: 'keepRunning' | 'startAtLogin' | 'askBeforeQuit';
  title: string;
  text: string;
  byDefault: boolean;
}[] = [
  {
    key: 'keepRunning',
    title: 'Keep running in the tray',
    text: 'If off, nothing runs once the last window is closed.',
    byDefault: true,
  },
  {
    key: 'startAtLogin',
    title: 'Start when you log in',
    text: 'Without a window, so that schedules fire from the first minute.',
    byDefault: false,
  },
  {
    key: 'askBeforeQuit',
    title: 'Ask before quitting',
    text: 'Says what will be missed until the next start.',
    byDefault: true,
  },
];

function Rows({ view, onChange }: { view: DesktopView; onChange: () => void }) {
  const client = useClient();
  const [busy, act] = useAction();
  const change = async (changes: DesktopChanges) => {
    await act(() => client.setDesktopSettings(changes), { done: 'In force.' });
    onChange();
  };
  return (
    <Panel title="Desktop app">
      {switches.map(({ key, title, text, byDefault }) => (
        <SettingRow
          key={key}
          title={title}
          text={text}
          byDefault={byDefault ? 'on' : 'off'}
          changed={view[key] !== byDefault}
          onReset={() => void change({ [key]: byDefault })}
        >
          <Checkbox label={title} checked={view[key]} onChange={(on) => void change({ [key]: on })} />
        </SettingRow>
      ))}
      <UpdateFeed view={view} busy={busy} onChange={change} />
    </Panel>
  );
}

interface UpdateFeedProps {
  view: DesktopView;
  busy: boolean;
  onChange: (changes: DesktopChanges) => Promise<void>;
}

function UpdateFeed({ view: { updateFeed, packedFeed, updatesItself }, busy, onChange }: UpdateFeedProps) {
  const field = useId();
  const present = updateFeed ?? packedFeed ?? '';
  const [text, setText] = useState<string | null>(null);
  const written = text ?? present;
  return (
    <SettingRow
      title="Look for updates at"
      text={
        updatesItself
          ? 'An https address where releases are published; empty: nowhere. Nothing is installed before you agree.'
          : 'This copy was not made to update itself; the address counts once it is installed from a release.'
      }
      byDefault={packedFeed ?? 'nowhere'}
      changed={updateFeed !== null}
      onReset={() => {
        setText(null);
        void onChange({ updateFeed: null });
      }}
    >
      <form
        className="flex items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void onChange({ updateFeed: written.trim() }).then(() => setText(null));
        }}
      >
        <TextField
          id={field}
          type="url"
          aria-label="Address of updates"
          placeholder="https://…"
          value={written}
          onChange={(event) => setText(event.target.value)}
          className="w-72 narrow:w-full"
        />
        <Button size="md" type="submit" disabled={busy || text === null || text.trim() === present}>
          Keep
        </Button>
      </form>
    </SettingRow>
  );
}
