import { type Appearance, useWorkspace, workspaceDefaults } from '../stores/workspace-store.ts';
import { Panel } from '../ui/panel.tsx';
import { ChoiceRow } from './choice-row.tsx';

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
  const appearance = useWorkspace((state) => state.appearance);
  const appear = useWorkspace((state) => state.appear);
  return (
    <Panel title="How the window looks">
      {choices.map((choice) => (
        <ChoiceRow
          key={choice.key}
          choice={choice}
          value={appearance[choice.key]}
          standard={workspaceDefaults.appearance[choice.key]}
          onChange={(value) => appear({ [choice.key]: value })}
        />
      ))}
    </Panel>
  );
}
