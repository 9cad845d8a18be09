import {
  AlarmClock,
  Ban,
  CalendarClock,
  CircleCheck,
  CircleX,
  ClockAlert,
  Coins,
  Hourglass,
  Layers,
  LoaderCircle,
  type LucideIcon,
  Merge,
  Moon,
  Pause,
  Pin,
  PowerOff,
  SkipForward,
} from 'lucide-react';
import type { CalendarOutcome } from './calendar-marks.ts';
import { outcomeLooks } from './lane-rows.ts';

export interface CalendarLook {
  icon: LucideIcon;
  text: string;
  /** Of the block; holes are hatched at their side besides. */
  look: string;
  isHatched: boolean;
}

const ghost = 'border-dashed border-accent/70 bg-surface/80 text-accent-text';
const good = 'border-ok/50 bg-ok-soft text-ok';
const bad = 'border-bad/60 bg-bad-soft text-bad';
const busy = 'border-busy/50 bg-busy-soft text-busy';
const hole = 'border-warn/60 bg-warn-soft text-warn';

const parts: Record<CalendarOutcome, Omit<CalendarLook, 'text' | 'isHatched'>> = {
  planned: { icon: CalendarClock, look: ghost },
  due: { icon: CalendarClock, look: ghost },
  paused: { icon: Pause, look: 'border-dashed border-edge bg-surface/80 text-dim' },
  waiting: { icon: Hourglass, look: busy },
  running: { icon: LoaderCircle, look: busy },
  ran: { icon: CircleCheck, look: good },
  late: { icon: ClockAlert, look: 'border-warn bg-ok-soft text-ok' },
  dead: { icon: CircleX, look: bad },
  cancelled: { icon: Ban, look: 'border-edge bg-sunken text-dim' },
  coalesced: { icon: Merge, look: hole },
  skipped: { icon: SkipForward, look: hole },
  over_budget: { icon: Coins, look: hole },
  asleep: { icon: Moon, look: hole },
  node_off: { icon: PowerOff, look: hole },
  snoozed: { icon: AlarmClock, look: 'border-edge bg-raised text-ink' },
  mixed: { icon: Layers, look: 'border-edge bg-raised text-ink' },
};

export function calendarLook(outcome: CalendarOutcome): CalendarLook {
  const text =
    outcome === 'snoozed' ? 'comes back' : outcome === 'mixed' ? 'several outcomes' : outcomeLooks[outcome].text;
  return { ...parts[outcome], text, isHatched: parts[outcome].look === hole };
}

/** What somebody set for a time once, and can still move. */
export const onceLook: CalendarLook = {
  icon: Pin,
  text: 'set once',
  look: 'border-accent bg-accent-soft text-accent-text',
  isHatched: false,
};
