import type { RunView, StepView, TriggerEventDetail } from '../../shared/views/views.ts';
import type { Span } from './time-scale.ts';

/** One line of the waterfall: the wait in the queue, or a step. */
export interface RunLine extends Span {
  id: string;
  step: StepView | null;
  text: string;
}

const idleKinds = new Set(['ask', 'wait']);

/** The lines of a run in the order they began; what still goes on ends `now`. */
export function linesOf(run: RunView, event: TriggerEventDetail | undefined, now: number): RunLine[] {
  const lines: RunLine[] = [];
  if (event && event.acceptedAt < run.startedAt) {
    lines.push({
      id: 'queue',
      step: null,
      text: 'Waited in the queue',
      from: event.acceptedAt,
      to: run.startedAt,
      idle: true,
    });
  }
  for (const step of run.steps) {
    const to = step.endedAt ?? run.endedAt ?? now;
    const idle = idleKinds.has(step.kind) || step.state === 'waiting' || step.state === 'in_doubt';
    lines.push({
      id: `${step.step}.${step.attempt}`,
      step,
      text: step.name,
      from: step.startedAt,
      to: Math.max(to, step.startedAt),
      idle,
    });
  }
  return lines;
}

/** Between two steps an agent thinks by itself; longer than this, nobody was there (the node was off). */
const longestThoughtMs = 5_000;

/** The lines, and what lies between them: so the whole run is on the scale, also one without steps. */
export function spansOf(run: RunView, lines: readonly RunLine[], now: number): Span[] {
  const end = run.endedAt ?? now;
  const spans: Span[] = [...lines];
  let reached = run.startedAt;
  for (const { from, to } of [...lines.toSorted((a, b) => a.from - b.from), { from: end, to: end }]) {
    if (from > reached) spans.push({ from: reached, to: from, idle: from - reached > longestThoughtMs });
    reached = Math.max(reached, to);
  }
  return spans;
}
