import {
  Ban,
  Check,
  CircleAlert,
  CircleDashed,
  CircleHelp,
  CirclePause,
  CirclePlay,
  CircleStop,
  Clock,
  FastForward,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  RotateCw,
  TimerOff,
  X,
} from 'lucide-react';
import type { ProcessState } from '../../shared/lifecycle.ts';
import type { EventState, ProcessView, RunBrief, RunState, StepView } from '../../shared/views/views.ts';
import { cx } from './cx.ts';
import { Glyph } from './glyph.tsx';

type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'idle';
interface Look {
  tone: Tone;
  icon: LucideIcon;
  text: string;
  spins?: boolean;
}

const look = (tone: Tone, icon: LucideIcon, text: string, spins = false): Look => ({ tone, icon, text, spins });

/** How each state is shown: always an icon and a word, never colour alone. */
const processLooks: Record<ProcessState, Look> = {
  created: look('idle', CircleDashed, 'Created'),
  starting: look('busy', LoaderCircle, 'Starting', true),
  running: look('ok', CirclePlay, 'Running'),
  suspended: look('warn', CirclePause, 'Suspended'),
  awaiting: look('warn', Hourglass, 'Awaiting you'),
  stopping: look('busy', LoaderCircle, 'Stopping', true),
  stopped: look('idle', CircleStop, 'Stopped'),
  failed: look('bad', CircleAlert, 'Failed'),
};

const halted = look('bad', CircleAlert, 'Halted');

/** How a process is shown: one that cannot write its journal works on nothing, whatever its state. */
export function processLook(view: Pick<ProcessView, 'state' | 'halted'>): Look {
  return view.halted ? halted : processLooks[view.state];
}

export const runLooks: Record<RunState, Look> = {
  running: look('busy', LoaderCircle, 'Running', true),
  parked: look('warn', Hourglass, 'Waiting'),
  retrying: look('warn', RotateCw, 'Retrying'),
  done: look('ok', Check, 'Done'),
  failed: look('bad', X, 'Failed'),
  cancelled: look('idle', Ban, 'Cancelled'),
};

const idle = look('idle', CircleDashed, 'Nothing to do');

/** How a run is shown: one whose gate found nothing to do was done without its agent. */
export function runLook(run: Pick<RunBrief, 'state' | 'idle'>): Look {
  return run.idle ? idle : runLooks[run.state];
}

export const eventLooks: Record<EventState, Look> = {
  waiting: look('idle', Clock, 'Waiting'),
  delayed: look('warn', Hourglass, 'Delayed'),
  running: look('busy', LoaderCircle, 'Running', true),
  parked: look('warn', Hourglass, 'Parked'),
  done: look('ok', Check, 'Done'),
  dead: look('bad', CircleAlert, 'Set aside'),
  cancelled: look('idle', Ban, 'Cancelled'),
  superseded: look('idle', FastForward, 'Superseded'),
  expired: look('idle', TimerOff, 'Expired'),
};

export const stepLooks: Record<StepView['state'], Look> = {
  running: look('busy', LoaderCircle, 'Running', true),
  ok: look('ok', Check, 'Done'),
  error: look('bad', X, 'Error'),
  in_doubt: look('warn', CircleHelp, 'In doubt'),
  waiting: look('warn', Hourglass, 'Waiting'),
};

const tones: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok',
  busy: 'bg-busy-soft text-busy',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  idle: 'bg-sunken text-dim',
};
export const toneText: Record<Tone, string> = {
  ok: 'text-ok',
  busy: 'text-busy',
  warn: 'text-warn',
  bad: 'text-bad',
  idle: 'text-faint',
};

/** A state as a coloured word with its icon. */
export function StateChip({ of, className }: { of: Look; className?: string }) {
  return (
    <span
      className={cx(
        'inline-flex h-5.5 shrink-0 items-center gap-1 whitespace-nowrap rounded-full px-2 font-medium text-xs',
        tones[of.tone],
        className,
      )}
    >
      <Glyph of={of.icon} className={of.spins ? 'size-3.5 animate-spin' : 'size-3.5'} />
      {of.text}
    </span>
  );
}

/** The icon alone, named for screen readers and tips, for tight rows. */
export function StateIcon({ of, className }: { of: Look; className?: string }) {
  return (
    <span role="img" aria-label={of.text} title={of.text} className={cx('inline-flex', toneText[of.tone], className)}>
      <Glyph of={of.icon} className={of.spins ? 'animate-spin' : undefined} />
    </span>
  );
}
