import type { RunView, TriggerEventDetail } from '../../shared/views/views.ts';
import { useRuntime } from '../stores/use-runtime.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { money, numberText } from '../ui/format.ts';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote } from '../ui/notes.tsx';
import { At, Lasted } from '../ui/time.tsx';
import { useIsBundled } from './bundled.ts';
import { RunNote } from './run-note.tsx';

/** How it went: what came of it, or why it stopped, and what it cost. */
export function RunOverview({ run, event }: { run: RunView; event: TriggerEventDetail | undefined }) {
  const { usage, error } = run;
  const isBundled = useIsBundled();
  const asks = useRuntime(({ inbox }) => !isBundled && inbox.some((item) => item.run === run.id));
  const waitsFor = asks
    ? 'you: see above'
    : run.state === 'retrying'
      ? 'its next try'
      : run.state === 'parked'
        ? isBundled
          ? 'a person or a time'
          : 'a time'
        : '';
  return (
    <div className="flex flex-col gap-4">
      <RunNote run={run} />
      {error && run.state !== 'done' && (
        <section aria-label="Why it stopped">
          <h2 className="mb-1.5 font-semibold text-[0.8125rem]">Why it stopped</h2>
          <ErrorNote error={error} />
        </section>
      )}
      {run.output !== null && (
        <section aria-label="What came of it">
          <h2 className="mb-1.5 font-semibold text-[0.8125rem]">What came of it</h2>
          <JsonView value={run.output} label="the output" />
        </section>
      )}
      <DetailList
        rows={[
          ['Now', run.endedAt === null && (run.doing ?? 'at work')],
          ['Waits for', waitsFor],
          ['Began', <At key="began" at={run.startedAt} />],
          ['Ended', run.endedAt !== null && <At key="ended" at={run.endedAt} />],
          ['Took', <Lasted key="took" from={run.startedAt} to={run.endedAt} />],
          [
            'Waited before',
            event && event.acceptedAt < run.startedAt && (
              <Lasted key="wait" from={event.acceptedAt} to={run.startedAt} />
            ),
          ],
          ['Tries', event && event.attempts > 1 && event.attempts],
          ['Model calls', usage.modelCalls],
          ['Tool calls', usage.toolCalls],
          [
            'Tokens in, out',
            usage.inputTokens + usage.outputTokens > 0 &&
              `${numberText(usage.inputTokens)}, ${numberText(usage.outputTokens)}`,
          ],
          ['Cost', money(usage.costUsd)],
          ['Version', run.version],
          [
            'Definition',
            <code key="def" className="text-xs">
              {run.definition.slice(0, 12)}
            </code>,
          ],
          [
            'Run',
            <code key="id" className="break-all text-xs">
              {run.id}
            </code>,
          ],
        ]}
      />
    </div>
  );
}
