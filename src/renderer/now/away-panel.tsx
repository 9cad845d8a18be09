import { Coffee, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { isReport } from '../inbox/item-kinds.ts';
import { useHoles } from '../schedule/holes-list.tsx';
import { useUnread } from '../stores/actionable.ts';
import { useRead, useRuntime } from '../stores/use-runtime.ts';
import { IconButton } from '../ui/button.tsx';
import { plural, spent } from '../ui/format.ts';
import { Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { shownZone } from '../ui/shown-zone.ts';
import { Ago } from '../ui/time.tsx';

/** What happened while nobody looked, in one breath. */
export function AwayPanel({ since, onClose }: { since: number; onClose: () => void }) {
  const costs = useRead(`away-costs:${since}`, [], (client) => client.costs({ from: since, zone: shownZone() }));
  const failed = useRead(`away-failed:${since}`, [], (client) => client.listRuns({ state: 'failed', limit: 200 }));
  const holes = useHoles().read.value?.filter(({ instant }) => instant >= since) ?? [];
  const asked = useRuntime((state) => state.inbox.filter((item) => item.openedAt >= since && !isReport(item)).length);
  const unread = useUnread();
  const failures = failed.value?.items.filter(({ startedAt }) => startedAt >= since).length ?? 0;
  const missed = holes.reduce((sum, { count }) => sum + count, 0);
  const total = costs.value?.total;
  return (
    <Panel title="While you were away" icon={Coffee} aside={<IconButton icon={X} label="Got it" onClick={onClose} />}>
      <p className="mb-2 text-dim text-xs">
        You looked here <Ago at={since} />.
      </p>
      {!total && !costs.error && <Loading rows={2} />}
      {total && (
        <ul className="flex flex-wrap gap-x-6 gap-y-1.5 text-[0.8125rem]">
          <Fact href="#/runs">{plural(total.runs, 'run')}</Fact>
          {failures > 0 && (
            <Fact href="#/runs?state=failed" className="text-bad">
              {plural(failures, 'failure')}
            </Fact>
          )}
          {missed > 0 && (
            <Fact href="#/schedule?show=holes" className="text-warn">
              {plural(missed, 'planned time')} that did not happen
            </Fact>
          )}
          {asked > 0 && (
            <Fact href="#/inbox" className="text-warn">
              {plural(asked, 'question')} for you
            </Fact>
          )}
          {unread > 0 && <Fact href="#/inbox?show=results">{plural(unread, 'result')} to read</Fact>}
          {total.costUsd > 0 && <Fact href="#/costs">{spent(total.costUsd)} spent</Fact>}
        </ul>
      )}
    </Panel>
  );
}

function Fact({ href, className = '', children }: { href: string; className?: string; children: ReactNode }) {
  return (
    <li>
      <a href={href} className={`hover:link font-medium ${className}`}>
        {children}
      </a>
    </li>
  );
}
