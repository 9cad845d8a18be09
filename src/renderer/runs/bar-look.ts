import type { RunLine } from './run-spans.ts';

interface BarLook {
  /** Of its bar in the row. */
  bar: string;
  /** Of its mark in the overview. */
  mark: string;
}

const plain: BarLook = { bar: 'bg-edge', mark: 'fill-edge' };
const failed: BarLook = { bar: 'bg-bad', mark: 'fill-bad' };
const waiting: BarLook = { bar: 'border border-edge border-dashed bg-sunken', mark: 'fill-edge' };
const written: BarLook = { bar: 'bg-ok', mark: 'fill-ok' };
const told: BarLook = { bar: 'bg-warn', mark: 'fill-warn' };
const ofKinds: Record<string, BarLook> = {
  model: { bar: 'bg-accent', mark: 'fill-accent' },
  tool: { bar: 'bg-busy', mark: 'fill-busy' },
  context: written,
  memory: written,
  emit: told,
  send: told,
};

/** The colour that a line of a run has wherever it is drawn. */
export function barLook({ step, idle }: RunLine): BarLook {
  if (step?.state === 'error') return failed;
  if (idle) return waiting;
  return ofKinds[step?.kind ?? ''] ?? plain;
}
