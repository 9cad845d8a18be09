import { useWorkspace, workspaceDefaults } from '../stores/workspace-store.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { clockTime, fullTime } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { type Region, writtenRegion } from '../ui/region.ts';
import { useNow } from '../ui/use-now.ts';
import { ChoiceRow } from './choice-row.tsx';

const choices = [
  {
    key: 'clock',
    title: 'Times',
    text: 'Of the day, everywhere in the window.',
    options: [
      { value: 'system', text: 'System' },
      { value: '24', text: '21:05' },
      { value: '12', text: '9:05 PM' },
    ],
  },
  {
    key: 'dates',
    title: 'Dates',
    text: 'Words in them stay English.',
    options: [
      { value: 'system', text: 'System' },
      { value: 'day', text: '3 Nov' },
      { value: 'month', text: 'Nov 3' },
      { value: 'iso', text: '2026-11-03' },
    ],
  },
] as const;

/** How times and dates are written in this window. */
export function RegionSettings() {
  const region = useWorkspace((state) => state.region);
  const arrange = useWorkspace((state) => state.arrange);
  const now = useNow();
  const { clock, dates } = writtenRegion({ clock: 'system', dates: 'system' });
  const bySystem = {
    clock: clock === '12' ? '9:05 PM' : '21:05',
    dates: { day: '3 Nov', month: 'Nov 3', iso: '2026-11-03' }[dates],
  };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Panel title="Region and language">
      {choices.map((choice) => (
        <ChoiceRow
          key={choice.key}
          choice={choice}
          value={region[choice.key]}
          standard={workspaceDefaults.region[choice.key]}
          byDefault={`system, here ${bySystem[choice.key]}`}
          onChange={(value) => arrange({ region: { ...region, [choice.key]: value } as Region })}
        />
      ))}
      <div className="pt-3">
        <DetailList
          rows={[
            ['Now', fullTime(now)],
            ['A week ago', clockTime(now - 7 * 86_400_000, now)],
            ['Zone', `${zone}, that of this computer; schedules and budgets may name another`],
            ['Numbers', '1,234.5'],
            ['Language', 'English'],
          ]}
        />
      </div>
    </Panel>
  );
}
