import { Search, SearchX } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { Nowhere } from '../frame/nowhere.tsx';
import { hrefOf } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { Allowed } from '../stores/access.tsx';
import { TextField } from '../ui/fields.tsx';
import { Empty } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { TabLinks } from '../ui/tab-links.tsx';
import { AppearanceSettings } from './appearance-settings.tsx';
import { DesktopSettings } from './desktop-settings.tsx';
import { HealthCheck } from './health-check.tsx';
import { KeySettings } from './key-settings.tsx';
import { ModelSettings } from './model-settings.tsx';
import { NetworkSettings } from './network-settings.tsx';
import { NodeSettings } from './node-settings.tsx';
import { NotificationSettings } from './notification-settings.tsx';
import { RegionSettings } from './region-settings.tsx';
import { RetentionSettings } from './retention-settings.tsx';
import { settingsLike } from './settings-search.ts';

const sections: Record<string, { text: string; part: ReactNode }> = {
  appearance: { text: 'Appearance', part: <AppearanceSettings /> },
  region: { text: 'Region', part: <RegionSettings /> },
  keys: { text: 'Shortcuts', part: <KeySettings /> },
  notifications: { text: 'Notifications', part: <NotificationSettings /> },
  models: { text: 'Models', part: <ModelSettings /> },
  node: { text: 'Node', part: <NodeSettings /> },
  network: { text: 'Network', part: <NetworkSettings /> },
  retention: { text: 'Keeping', part: <RetentionSettings /> },
  desktop: { text: 'Desktop app', part: <DesktopSettings /> },
  health: { text: 'Health check', part: <HealthCheck /> },
};

/** What a person sets for the window they look at. */
const ofThisWindow = new Set(['appearance', 'region', 'keys']);

export function SettingsScreen({ section }: { section: string }) {
  const shown = sections[section];
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  useShortcuts({ search: () => field.current?.focus() });
  if (!shown) return <Nowhere />;
  const tabs = Object.entries(sections).map(([id, { text: title }]) => ({
    id,
    text: title,
    href: hrefOf(['settings', id]),
  }));
  return (
    <Screen
      title="Settings"
      actions={
        <div className="relative w-56">
          <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
          <TextField
            ref={field}
            type="search"
            aria-label="Search settings"
            placeholder="Search  /"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="h-8 pl-8"
          />
        </div>
      }
      bar={<TabLinks label="Settings" tabs={tabs} current={section} />}
    >
      <div className="max-w-3xl pt-2">
        {text.trim() === '' ? (
          <Section id={section} part={shown.part} />
        ) : (
          <Found text={text} onGo={() => setText('')} />
        )}
      </div>
    </Screen>
  );
}

function Section({ id, part }: { id: string; part: ReactNode }) {
  return ofThisWindow.has(id) ? part : <Allowed asks="setNetwork">{part}</Allowed>;
}

function Found({ text, onGo }: { text: string; onGo: () => void }) {
  const found = settingsLike(text);
  if (found.length === 0) return <Empty icon={SearchX} title="No setting is called like that." />;
  return (
    <ul aria-label="Found settings" className="overflow-hidden rounded-xl border bg-surface shadow-raised">
      {found.map((setting) => (
        <li key={`${setting.section}/${setting.text}`} className="border-line/60 not-first:border-t">
          <a
            href={hrefOf(['settings', setting.section])}
            onClick={onGo}
            className="flex min-h-11 items-center gap-3 px-4 hover:bg-hover/60"
          >
            <span className="min-w-0 flex-1 truncate">{setting.text}</span>
            <span className="shrink-0 text-dim text-xs">{sections[setting.section]?.text}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
