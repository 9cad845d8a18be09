import { shortcuts } from '../../shared/shortcuts.ts';

export interface FoundSetting {
  section: string;
  text: string;
}

/** What there is to set and to see, by section, in the words that people look for. */
const known: readonly (readonly [section: string, text: string, more?: string])[] = [
  ['appearance', 'Theme', 'light dark colour system'],
  ['appearance', 'Rows', 'density compact comfortable'],
  ['appearance', 'Motion', 'animation reduce'],
  ['appearance', 'Text size', 'font small large'],
  ['appearance', 'Contrast'],
  ['region', 'Times', 'clock 24 hours am pm region format'],
  ['region', 'Dates', 'day month iso region format'],
  ['region', 'First day of the week', 'calendar monday sunday'],
  ['region', 'Numbers', 'format decimal comma point thousands separator money'],
  ['region', 'Time zone', 'clock utc abroad'],
  ['region', 'Language', 'english'],
  ['notifications', 'Who is told of what happens', 'notification webhook desktop log pager chat sink'],
  ['models', 'Models that agents think with', 'price cost provider'],
  ['models', 'Models on this computer', 'ollama local lm studio'],
  ['models', 'Keys of providers', 'api key openai secret variable'],
  ['models', 'Try a model'],
  ['node', 'Name, address and data folder', 'node id version port url path'],
  ['node', 'Backup', 'restore copy'],
  ['node', 'Reset the window', 'saved views positions'],
  ['network', 'Phones and other computers', 'device phone tablet pair qr lan https revoke'],
  ['network', 'Port', 'network address bind listen url'],
  ['network', 'Further names', 'network host tunnel lan tls'],
  ['network', 'Token', 'network access key'],
  ['retention', 'Runs and what happened in them', 'keep retention journal history days delete'],
  ['retention', 'Events and messages', 'keep retention days delete'],
  ['retention', 'Deleted agents', 'keep retention trash days'],
  ['desktop', 'Keep running in the tray', 'close quit background'],
  ['desktop', 'Start when you log in', 'autostart login'],
  ['desktop', 'Ask before quitting'],
  ['desktop', 'Look for updates at', 'update feed release version'],
  ['health', 'Health check', 'doctor disk clock fix problem'],
  ['health', 'Tables of the screens', 'rebuild read models'],
];

/** Settings in whose words all that was typed stands; keys among them. */
export function settingsLike(typed: string): FoundSetting[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const all = [
    ...known,
    ...Object.values(shortcuts).map(({ text, where }) => ['keys', `Key: ${text}`, `shortcut ${where}`] as const),
  ];
  return all.flatMap(([section, text, more = '']) => {
    const about = `${section} ${text} ${more}`.toLowerCase();
    return words.every((word) => about.includes(word)) ? [{ section, text }] : [];
  });
}
