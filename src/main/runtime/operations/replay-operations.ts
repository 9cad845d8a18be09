import type { RuntimeApi } from '../../../shared/api.ts';
import type { Json } from '../../../shared/json.ts';
import { bundleFileName } from '../../../shared/run-bundle.ts';
import type { RunComparison } from '../../../shared/run-comparison.ts';
import type { RunView, StepView } from '../../../shared/views/views.ts';
import { canonicalJson } from '../../lib/hash.ts';
import { forkEntries } from '../../processes/replays/fork-run.ts';
import { replayRecord } from '../../processes/replays/replay-run.ts';
import { pastOf } from '../../processes/runs/run-record.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { runBundle } from '../keeping/bundle.ts';

type Names = 'replayRun' | 'forkRun' | 'compareRuns' | 'saveRunAsTest' | 'exportRun';

/** Operations that make something of runs which have ended. */
export function replayOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const { queries, journal, parts } = runtime;
  const past = (id: string) => {
    const { process, seq } = queries.settlementOf(id);
    return pastOf(journal, process, id, seq);
  };
  return {
    async replayRun({ id }) {
      const { record } = await past(id);
      const { clock, env } = parts;
      return replayRecord(record, { clock, env, buildAgent: (config) => parts.buildAgent(record.process, config) });
    },
    async forkRun({ id, step, edit }, by) {
      const run = await past(id);
      const process = runtime.get(run.record.process);
      const {
        event,
        run: runId,
        entries,
      } = forkEntries(run, step, edit, process.snapshot, parts.env, by, parts.clock.now());
      await process.steering.fork(entries);
      return { eventId: event, runId };
    },
    async compareRuns({ id, other }) {
      const [left, right] = await Promise.all([queries.run(id), queries.run(other)]);
      return compared(left, right);
    },
    async saveRunAsTest({ id }) {
      const { record } = await past(id);
      return { file: `${record.process}-${id.slice(-8)}.run.json`, record };
    },
    async exportRun({ id }) {
      const bundle = await runBundle(runtime, id);
      return { file: bundleFileName(bundle), bundle };
    },
  };
}

function compared(left: RunView, right: RunView): RunComparison {
  const [ofLeft, ofRight] = [byStep(left.steps), byStep(right.steps)];
  const numbers = [...new Set([...ofLeft.keys(), ...ofRight.keys()])].sort((a, b) => a - b);
  const steps = numbers.map((step) => {
    const pair = { step, left: ofLeft.get(step) ?? null, right: ofRight.get(step) ?? null };
    return { ...pair, same: pair.left !== null && pair.right !== null && essence(pair.left) === essence(pair.right) };
  });
  return {
    left: briefOf(left),
    right: briefOf(right),
    sameOutput: canonicalJson(left.output) === canonicalJson(right.output),
    differsAt: steps.find(({ same }) => !same)?.step ?? null,
    steps,
  };
}

const byStep = (steps: readonly StepView[]) => new Map(steps.map((step) => [step.step, step]));

/** What a step was about and what came of it; not when, or what it cost. */
function essence({ kind, name, args, result, error }: StepView): string {
  return canonicalJson({
    kind,
    name,
    args: kind === 'model' ? null : args,
    result,
    error: error?.code ?? null,
  } as Json);
}

function briefOf({ steps: _steps, definition: _definition, kept: _kept, ...brief }: RunView): RunComparison['left'] {
  return brief;
}
