import { PencilLine } from 'lucide-react';
import { isJsonObject, type Json } from '../../shared/json.ts';
import type { RunView, StepView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { brief } from '../ui/format.ts';
import { JsonView } from '../ui/json-view.tsx';
import { Empty } from '../ui/notes.tsx';
import { useIsBundled } from './bundled.ts';
import { stepIcon, stepKindNames } from './step-icon.tsx';

const changing = new Set(['context', 'memory', 'emit', 'send']);
const wrote = (step: StepView) =>
  changing.has(step.kind) ||
  /^(set_context|delete_context|emit_event|send_message|store_memory|forget_memory|write_file)$/.test(step.name);

/** What the run changed, in its order: context before and after, events and messages it sent. */
export function RunChanges({ run }: { run: RunView }) {
  const steps = run.steps.filter(wrote);
  if (steps.length === 0) return <Empty icon={PencilLine} title="It changed nothing of its own state." />;
  const settled = run.state === 'done';
  return (
    <div className="flex flex-col gap-3">
      {!settled && (
        <p className="text-dim text-xs">
          Others see these changes once the run has ended well; a run that fails changes nothing.
        </p>
      )}
      {steps.map((step) => (
        <Change key={`${step.step}.${step.attempt}`} run={run} step={step} />
      ))}
    </div>
  );
}

function Change({ run, step }: { run: RunView; step: StepView }) {
  // What stood there before is asked of the node, which a file has none of.
  const isBundled = useIsBundled();
  const Icon = stepIcon(step.kind);
  const key = isJsonObject(step.args) && typeof step.args['key'] === 'string' ? step.args['key'] : null;
  return (
    <section className="rounded-lg border p-3">
      <h3 className="mb-1.5 flex items-center gap-2 font-medium text-[0.8125rem]">
        <Icon aria-hidden className="size-4 text-faint" />
        {key ?? step.name}
        <span className="font-normal text-faint text-xs">{stepKindNames[step.kind] ?? step.kind}</span>
      </h3>
      {key !== null && !isBundled ? (
        <KeyChange run={run} contextKey={key} args={step.args} />
      ) : (
        <JsonView value={step.args} label={step.name} />
      )}
    </section>
  );
}

function KeyChange({ run, contextKey, args }: { run: RunView; contextKey: string; args: Json }) {
  const history = useRead(`history:${run.process}:${contextKey}`, [`context:${run.process}`], (client) =>
    client.contextHistory({ name: run.process, key: contextKey, limit: 100 }),
  );
  const before = history.value?.items.find(
    ({ at, by }) => at < (run.endedAt ?? Number.POSITIVE_INFINITY) && by !== `run:${run.id}`,
  );
  const after = isJsonObject(args) ? args['value'] : undefined;
  return (
    <dl className="grid grid-cols-[3.5rem_1fr] gap-x-2 gap-y-1 text-xs">
      <dt className="text-faint">before</dt>
      <dd className="break-words font-mono text-dim line-through decoration-faint/60">
        {before && !before.deleted ? brief(before.value, 300) : 'nothing'}
      </dd>
      <dt className="text-faint">after</dt>
      <dd className="break-words font-mono">{after === undefined ? 'deleted' : brief(after, 600)}</dd>
      <dt className="sr-only">History</dt>
      <dd className="col-start-2">
        <a className="link" href={hrefs.agent(run.process, 'context')}>
          all who wrote it
        </a>
      </dd>
    </dl>
  );
}
