import { CalendarClock, ChevronLeft, ChevronRight } from 'lucide-react';
import { useRef, useState } from 'react';
import type { ScheduleOutcome, ScheduleRow } from '../../shared/views/views.ts';
import { navigate } from '../frame/route.ts';
import { useProcesses, useRuntime } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { Button, IconButton, LinkButton } from '../ui/button.tsx';
import { Empty, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { useNow } from '../ui/use-now.ts';
import { VirtualRows, type VirtualRowsRef } from '../ui/virtual-rows.tsx';
import { CalendarActions, CalendarView, useCalendarPlace } from './calendar-view.tsx';
import { ForecastPanel } from './forecast-panel.tsx';
import { HolesList } from './holes-list.tsx';
import { isSchedule, outcomeLooks } from './lane-rows.ts';
import { PausesPanel } from './pauses-panel.tsx';
import { ScheduleLane } from './schedule-lane.tsx';
import { ScheduleRowPane } from './schedule-row-pane.tsx';
import { type Span, TimeRuler } from './time-ruler.tsx';

type Show = 'calendar' | 'lanes' | 'holes' | 'plans';

const hourMs = 3_600_000;
const spans: Record<Span, number> = { hour: hourMs, day: 24 * hourMs, week: 7 * 24 * hourMs };
/** How much of the span lies before now when nothing was moved. */
const pastPart = 0.4;
const laneHeight = 56;

/** What schedules did and will do: outcomes on the left of now, plans on the right, and why something did not happen. */
export function ScheduleScreen({ query }: { query: Record<string, string> }) {
  const processes = useProcesses();
  const ready = useRuntime((state) => state.ready);
  const [span, setSpan] = useState<Span>('day');
  const [moved, setMoved] = useState(0);
  // It stands in the address, so that links and the palette reach it from here as well.
  const view = useWorkspace((state) => state.scheduleView);
  const arrange = useWorkspace((state) => state.arrange);
  const show: Show = query['show'] === 'holes' || query['show'] === 'plans' ? query['show'] : view;
  const setShow = (next: Show) => {
    const isView = next === 'calendar' || next === 'lanes';
    if (isView) arrange({ scheduleView: next });
    navigate(isView ? '#/schedule' : `#/schedule?show=${next}`, 'replace');
  };
  const [picked, setPicked] = useState<ScheduleRow | null>(null);
  const now = useNow(30_000);
  const place = useCalendarPlace(now);
  const list = useRef<VirtualRowsRef>(null);
  const from = now - spans[span] * pastPart + moved;
  const to = from + spans[span];
  const scheduled = processes.filter((view) => view.triggers.some(isSchedule));
  const step = spans[span] / 2;

  return (
    <Screen
      title="Schedule"
      fixed
      actions={
        <>
          <Segmented
            label="Show"
            value={show}
            options={[
              { value: 'calendar', text: 'Calendar' },
              { value: 'lanes', text: 'Timeline' },
              { value: 'holes', text: 'What did not happen' },
              { value: 'plans', text: 'Pauses' },
            ]}
            onChange={setShow}
          />
          {show === 'calendar' && <CalendarActions place={place} />}
          {(show === 'lanes' || show === 'holes') && (
            <>
              <span className="inline-flex items-center gap-1">
                <IconButton icon={ChevronLeft} label="Earlier" onClick={() => setMoved(moved - step)} />
                <Button disabled={moved === 0} onClick={() => setMoved(0)}>
                  Now
                </Button>
                <IconButton icon={ChevronRight} label="Later" onClick={() => setMoved(moved + step)} />
              </span>
              <Segmented
                label="Span"
                value={span}
                options={[
                  { value: 'hour', text: 'Hour' },
                  { value: 'day', text: 'Day' },
                  { value: 'week', text: 'Week' },
                ]}
                onChange={(next) => {
                  setSpan(next);
                  setMoved(0);
                }}
              />
            </>
          )}
        </>
      }
      bar={scheduled.length > 0 && show === 'lanes' && <Legend />}
    >
      {!ready && (
        <div className="px-6">
          <Loading />
        </div>
      )}
      {show === 'plans' && (
        <div className="flex min-h-0 flex-1 flex-col gap-(--gap) overflow-y-auto px-6 pb-6 narrow:px-4">
          <PausesPanel />
          <ForecastPanel />
        </div>
      )}
      {ready && show === 'calendar' && processes.length > 0 && (
        <CalendarView place={place} now={now} picked={picked} onPick={setPicked} />
      )}
      {ready && scheduled.length === 0 && show !== 'plans' && (show !== 'calendar' || processes.length === 0) && (
        <Empty icon={CalendarClock} title="No agent has a schedule">
          <p>Give one a schedule in words, such as “weekdays at 9”.</p>
          <LinkButton href="#/agents">Choose an agent</LinkButton>
        </Empty>
      )}
      {scheduled.length > 0 && show === 'holes' && <HolesList from={from} to={to} onPick={setPicked} />}
      {scheduled.length > 0 && show === 'lanes' && (
        <VirtualRows
          ref={list}
          label="Schedules"
          count={scheduled.length}
          rowHeight={laneHeight}
          keyOf={(index) => scheduled[index]?.name ?? String(index)}
          className="border-t bg-surface"
          header={<TimeRuler from={from} to={to} now={now} span={span} />}
        >
          {(index) => {
            const view = scheduled[index];
            return (
              view && <ScheduleLane name={view.name} from={from} to={to} now={now} picked={picked} onPick={setPicked} />
            );
          }}
        </VirtualRows>
      )}
      {picked && <ScheduleRowPane row={picked} onClose={() => setPicked(null)} />}
    </Screen>
  );
}

function Legend() {
  const shown: ScheduleOutcome[] = ['ran', 'late', 'dead', 'running', 'planned'];
  const entries = [...shown.map((outcome) => outcomeLooks[outcome]), { text: 'did not happen', look: 'hole' }];
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 pb-2 text-dim text-xs">
      {entries.map(({ look, text }) => (
        <span key={text} className="inline-flex items-center gap-1.5">
          <span aria-hidden className={`h-3.5 w-2 rounded-xs ${look}`} />
          {text}
        </span>
      ))}
      <span className="text-faint">Choose a mark to read why.</span>
    </p>
  );
}
