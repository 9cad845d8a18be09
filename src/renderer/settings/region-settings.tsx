import { useWorkspace, workspaceDefaults } from '../stores/workspace-store.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { Choice } from '../ui/fields.tsx';
import { clockTime, fullTime, numberText, spent } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { type Region, writtenRegion } from '../ui/region.ts';
import { systemZone } from '../ui/shown-zone.ts';
import { useNow } from '../ui/use-now.ts';
import { ChoiceRow } from './choice-row.tsx';
import { SettingRow } from './setting-row.tsx';

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
  {
    key: 'weekStart',
    title: 'First day of the week',
    text: 'In calendars.',
    options: [
      { value: 'system', text: 'System' },
      { value: 'monday', text: 'Monday' },
      { value: 'saturday', text: 'Saturday' },
      { value: 'sunday', text: 'Sunday' },
    ],
  },
  {
    key: 'numbers',
    title: 'Numbers',
    text: 'Counts, sizes and amounts of money.',
    options: [
      { value: 'system', text: 'System' },
      { value: 'comma', text: '1,234.5' },
      { value: 'point', text: '1.234,5' },
      { value: 'space', text: '1 234,5' },
      { value: 'apostrophe', text: '1’234.5' },
    ],
  },
] as const;

/** How times, dates and numbers are written in this window. */
export function RegionSettings() {
  const region = useWorkspace((state) => state.region);
  const arrange = useWorkspace((state) => state.arrange);
  const now = useNow();
  const { clock, dates, weekStart, numbers } = writtenRegion(workspaceDefaults.region);
  const bySystem = {
    weekStart: weekStart[0]?.toUpperCase() + weekStart.slice(1),
    clock: clock === '12' ? '9:05 PM' : '21:05',
    dates: { day: '3 Nov', month: 'Nov 3', iso: '2026-11-03' }[dates],
    numbers: { comma: '1,234.5', point: '1.234,5', space: '1 234,5', apostrophe: '1’234.5' }[numbers],
  };
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
      <ZoneRow zone={region.zone} onChange={(zone) => arrange({ region: { ...region, zone } })} />
      <div className="pt-3">
        <DetailList
          rows={[
            ['Now', fullTime(now)],
            ['A week ago', clockTime(now - 7 * 86_400_000, now)],
            ['Numbers', `${numberText(1_234_567.5)}, ${spent(1_234.5)}`],
            ['Language', 'English'],
          ]}
        />
      </div>
    </Panel>
  );
}

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** The zone in which this window shows times, and takes them where they are written into a field. */
function ZoneRow({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
  const here = `this computer’s, ${systemZone()}`;
  return (
    <SettingRow
      title="Time zone"
      text="In which this window shows and takes times. Schedules and budgets keep the zones that they name."
      byDefault={here}
      changed={zone !== workspaceDefaults.region.zone}
      onReset={() => onChange(workspaceDefaults.region.zone)}
    >
      <Choice aria-label="Time zone" value={zone} onChange={(event) => onChange(event.target.value)} className="w-64">
        <option value="system">This computer’s ({systemZone()})</option>
        {zones.map((name) => (
          <option key={name} value={name}>
            {name.replaceAll('_', ' ')}
          </option>
        ))}
      </Choice>
    </SettingRow>
  );
}
