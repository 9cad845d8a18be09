// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { ListEnd } from 'lucide-react';
import { memo } from 'react';
import { useRuntime } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { lasting } from '../ui/format.ts';
import { stepLooks, toneText } from '../ui/state-chip.tsx';
import { barLook } from './bar-look.ts';
import type { RunLine } from './run-spans.ts';
import { stepIcon, stepKindNames } from './step-icon.tsx';
import type { TimeWindow } from './time-range.ts';
import type { TimeScale } from './time-scale.ts';

interface WaterfallRowProps {
  line: RunLine;
  run: string;
  scale: TimeScale;
  shown: TimeWindow;
  lit: boolean;
  onChoose: () => void;
  onFocus: () => void;
}

/** A bar is never thinner than it takes to see it. */
const thinnest = '3px';

export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { line, run, scale, shown, lit, onChoose, onFocus } = props;
  const { step, text, from, to } = line;
  const look = step ? stepLooks[step.state] : null;
  const Icon = step ? stepIcon(step.kind) : ListEnd;
  const kind = step ? (stepKindNames[step.kind] ?? step.kind) : 'Queue';
  const took = lasting(to - from);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keys
    <div
      role="row"
      onClick={onChoose}
      onFocus={onFocus}
      className={cx('flex h-full items-center border-line/50 border-b hover:bg-hover/60', lit && 'bg-accent-soft')}
    >
      <div role="cell" className="flex h-full w-64 shrink-0 items-center gap-2 pr-3 pl-6 narrow:w-36 narrow:pl-4">
        <span
          title={kind}
          className={cx('shrink-0', look ? toneText[look.tone] : 'text-faint', look?.tone === 'ok' && 'text-faint')}
        >
          <Icon aria-hidden className={cx('size-4', step?.state === 'running' && 'breathing')} />
        </span>
        <button
          type="button"
          aria-pressed={lit}
          onClick={(event) => {
            event.stopPropagation();
            onChoose();
          }}
          className="min-w-0 flex-1 truncate text-left text-[0.8125rem]"
        >
          <span className="sr-only">
            {kind}, {look?.text ?? 'done'}:{' '}
          </span>
          {text}
          {step && step.attempt > 1 && <span className="ml-1.5 text-warn text-xs">try {step.attempt}</span>}
        </button>
        {look && look.tone !== 'ok' && (
          <look.icon
            aria-hidden
            className={cx('size-3.5 shrink-0', toneText[look.tone], look.spins && 'animate-spin')}
          />
        )}
      </div>
      <div role="cell" className="relative mr-6 h-full min-w-0 flex-1 overflow-hidden narrow:mr-4">
        <Bar line={line} scale={scale} shown={shown} took={took} />
        {step?.state === 'running' && step.kind === 'model' && <Saying run={run} step={step.step} />}
      </div>
    </div>
  );
});

function Bar({ line, scale, shown, took }: Pick<WaterfallRowProps, 'line' | 'scale' | 'shown'> & { took: string }) {
  const place = (at: number) => {
    const part = (scale.place(at) - shown.from) / (shown.to - shown.from);
    return Math.min(1.01, Math.max(-0.01, part)) * 100;
  };
  const left = place(line.from);
  const right = place(line.to);
  return (
    <>
      <span
        className={cx(
          'absolute top-1/2 h-3.5 -translate-y-1/2 rounded-sm',
          barLook(line).bar,
          line.step?.state === 'running' && 'breathing',
        )}
        style={{ left: `min(${left}%, 100% - ${thinnest})`, width: `max(${thinnest}, ${right - left}%)` }}
      />
      <Took left={left} right={right} text={took} />
    </>
  );
}

/** Beside the bar where there is room; over it where it fills the line. */
function Took({ left, right, text }: { left: number; right: number; text: string }) {
  const isBefore = right > 75 && left >= 25;
  const isOver = right > 75 && left < 25;
  const after = `calc(max(${right}%, ${left}% + ${thinnest}) + 6px)`;
  return (
    <span
      className={cx(
        'absolute top-1/2 -translate-y-1/2 whitespace-nowrap text-[0.6875rem] text-dim tabular-nums',
        isBefore && '-translate-x-full',
        isOver && 'left-2 rounded-sm bg-surface px-1',
      )}
      style={isOver ? {} : { left: isBefore ? `calc(${left}% - 6px)` : after }}
    >
      {text}
    </span>
  );
}

/** The last words of a model that is still speaking. */
function Saying({ run, step }: { run: string; step: number }) {
  const text = useRuntime((state) => {
    const live = state.liveText[run];
    return live?.step === step ? live.text.slice(-90) : '';
  });
  if (!text) return null;
  return <span className="absolute inset-x-0 bottom-0 truncate text-[0.625rem] text-faint">{text}</span>;
}
