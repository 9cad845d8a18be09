import { type Appearance, useWorkspace, workspaceDefaults } from '../stores/workspace-store.ts';
import { Panel } from '../ui/panel.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { SettingRow } from './setting-row.tsx';

interface AppearanceChoice<K extends keyof Appearance> {
  key: K;
  title: string;
  text: string;
  options: { value: Appearance[K]; text: string }[];
}
type AnyChoice = { [K in keyof Appearance]: AppearanceChoice<K> }[keyof Appearance];

const choices: readonly AnyChoice[] = [
  {
    key: 'theme',
    title: 'Theme',
    text: 'Light, dark, or as the system has it.',
    options: [
      { value: 'system', text: 'System' },
      { value: 'light', text: 'Light' },
      { value: 'dark', text: 'Dark' },
    ],
  },
  {
    key: 'density',
    title: 'Rows',
    text: 'Compact shows more on a screen.',
    options: [
      { value: 'comfortable', text: 'Comfortable' },
      { value: 'compact', text: 'Compact' },
    ],
  },
  {
    key: 'textSize',
    title: 'Text size',
    text: 'Everything grows with it.',
    options: [
      { value: 'small', text: 'Small' },
      { value: 'medium', text: 'Medium' },
      { value: 'large', text: 'Large' },
    ],
  },
  {
    key: 'contrast',
    title: 'Contrast',
    text: 'More makes lines and faint text stronger.',
    options: [
      { value: 'normal', text: 'Normal' },
      { value: 'more', text: 'More' },
    ],
  },
  {
    key: 'motion',
    title: 'Motion',
    text: 'Reduced stops what blinks and slides.',
    options: [
      { value: 'system', text: 'System' },
      { value: 'reduce', text: 'Reduced' },
      { value: 'full', text: 'Full' },
    ],
  },
];

export function AppearanceSettings() {
  return (
    <Panel title="How the window looks">
      {choices.map((choice) => (
        <ChoiceRow key={choice.key} choice={choice} />
      ))}
    </Panel>
  );
}

function ChoiceRow({ choice }: { choice: AnyChoice }) {
  const value = useWorkspace((state) => state.appearance[choice.key]);
  const appear = useWorkspace((state) => state.appear);
  const byDefault = workspaceDefaults.appearance[choice.key];
  const options = choice.options as { value: string; text: string }[];
  const textOf = (wanted: string) => options.find((option) => option.value === wanted)?.text.toLowerCase() ?? wanted;
  return (
    <SettingRow
      title={choice.title}
      text={choice.text}
      byDefault={textOf(byDefault)}
      changed={value !== byDefault}
      onReset={() => appear({ [choice.key]: byDefault })}
    >
      <Segmented
        label={choice.title}
        value={value as string}
        options={options}
        onChange={(next) => appear({ [choice.key]: next })}
      />
    </SettingRow>
  );
}
