import { z } from 'zod';
import { JournalEntryView, RunView, TriggerEventDetail } from './views/views.ts';

/** One run with what it takes to understand it where nothing else is known. */
const BundledRun = z.object({
  /** What it was exported by. */
  app: z.object({ version: z.string(), node: z.string(), platform: z.string() }),
  exportedAt: z.number().meta({ unit: 'epoch ms' }),
  /** The manifest it went by; null where that is not kept any more. */
  manifest: z.object({ version: z.int().nullable(), text: z.string() }).nullable(),
  run: RunView,
  /** What woke it. */
  event: TriggerEventDetail.nullable(),
  /** Entries of the journal that are about the run or its event, oldest first. */
  entries: z.array(JournalEntryView),
});
export type BundledRun = z.infer<typeof BundledRun>;

/**
 * Runs in one file, for a bug report. Known secrets are replaced by `[secret:…]`, what looks like one by `[removed]`.
 * Files of this end in `.run-bundle.json`.
 */
export const RunBundle = z.object({
  kind: z.literal('agent-runtime.run-bundle'),
  format: z.literal(1),
  runs: z.array(BundledRun).min(1),
});
export type RunBundle = z.infer<typeof RunBundle>;

/** Several bundles as one. */
export function mergedBundle(bundles: readonly RunBundle[]): RunBundle {
  return { kind: 'agent-runtime.run-bundle', format: 1, runs: bundles.flatMap(({ runs }) => runs) };
}

/** What to call the file: after the run, or after how many there are. */
export function bundleFileName({ runs }: RunBundle): string {
  const [{ run }] = runs as [BundledRun];
  return `${runs.length === 1 ? `${run.process}-${run.id.slice(-8)}` : `${runs.length}-runs`}.run-bundle.json`;
}
