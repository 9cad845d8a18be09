import type { ProcessView } from '../../shared/views/views.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { money, numberText, plural } from '../ui/format.ts';
import { Ago, Until } from '../ui/time.tsx';

/** The plain facts of an agent. */
export function AgentFacts({ view }: { view: ProcessView }) {
  const { counts, usage } = view;
  const tokens = usage.inputTokens + usage.outputTokens;
  return (
    <DetailList
      rows={[
        ['Thinks with', view.model === 'script' ? 'a script, no model' : view.model],
        [
          'Wakes by',
          view.triggers.length === 0
            ? 'hand, events and messages'
            : view.triggers.map(({ summary }) => summary).join(' · '),
        ],
        [
          'Next firing',
          view.nextFiring !== null && (
            <>
              in <Until at={view.nextFiring} className="tabular-nums" />
            </>
          ),
        ],
        ['Waiting', view.waiting > 0 && plural(view.waiting, 'event')],
        ['Parked', view.parked > 0 && `${plural(view.parked, 'run')} that wait for a time or for you`],
        [
          'Runs',
          counts.runs === 0
            ? 'none yet'
            : `${numberText(counts.runs)}: ${numberText(counts.done)} done, ${counts.dead} set aside, ${counts.cancelled} cancelled`,
        ],
        ['Failures in a row', view.consecutiveFailures > 0 && view.consecutiveFailures],
        [
          'Used',
          tokens > 0
            ? `${plural(tokens, 'token')}, ${money(usage.costUsd)}`
            : `${plural(usage.toolCalls, 'tool call')}, no tokens`,
        ],
        ['Tags', view.tags.join(', ')],
        [
          'Definition',
          <>
            version {view.version}, created <Ago at={view.createdAt} />
          </>,
        ],
      ]}
    />
  );
}
