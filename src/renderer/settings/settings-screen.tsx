import type { ReactNode } from 'react';
import { Nowhere } from '../frame/nowhere.tsx';
import { hrefOf } from '../frame/route.ts';
import { Screen } from '../ui/screen.tsx';
import { TabLinks } from '../ui/tab-links.tsx';
import { AppearanceSettings } from './appearance-settings.tsx';
import { DesktopSettings } from './desktop-settings.tsx';
import { HealthCheck } from './health-check.tsx';
import { KeySettings } from './key-settings.tsx';
import { ModelSettings } from './model-settings.tsx';
import { NodeSettings } from './node-settings.tsx';
import { NotificationSettings } from './notification-settings.tsx';

const sections: Record<string, { text: string; part: ReactNode }> = {
  appearance: { text: 'Appearance', part: <AppearanceSettings /> },
  keys: { text: 'Shortcuts', part: <KeySettings /> },
  notifications: { text: 'Notifications', part: <NotificationSettings /> },
  models: { text: 'Models', part: <ModelSettings /> },
  node: { text: 'Node', part: <NodeSettings /> },
  desktop: { text: 'Desktop app', part: <DesktopSettings /> },
  health: { text: 'Health check', part: <HealthCheck /> },
};

export function SettingsScreen({ section }: { section: string }) {
  const shown = sections[section];
  if (!shown) return <Nowhere />;
  const tabs = Object.entries(sections).map(([id, { text }]) => ({ id, text, href: hrefOf(['settings', id]) }));
  return (
    <Screen title="Settings" bar={<TabLinks label="Settings" tabs={tabs} current={section} />}>
      <div className="max-w-3xl pt-2">{shown.part}</div>
    </Screen>
  );
}
