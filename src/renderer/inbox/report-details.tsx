import type { ReactNode } from 'react';
import { nodeStream } from '../../shared/entries/journal-entries.ts';
import type { Json } from '../../shared/json.ts';
import type { InboxItemView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { plural } from '../ui/format.ts';
import { Ago, At } from '../ui/time.tsx';
import { itemKinds } from './item-kinds.ts';

/** Of whom it tells, how often and since when. */
export function ReportOrigin({ item }: { item: InboxItemView }) {
  const { process, run, count, openedAt, latestAt, kind } = item;
  return (
    <>
      {kind === 'missed' ? 'Missed times' : itemKinds[kind]}
      {process !== nodeStream && (
        <>
          {' of '}
          <a className="link" href={hrefs.agent(process)}>
            {process}
          </a>
        </>
      )}
      {run !== '' && (
        <>
          {', '}
          <a className="link" href={hrefs.run(process, run)}>
            {kind === 'failure' && count > 1 ? 'the last run' : 'its run'}
          </a>
        </>
      )}
      {', '}
      <Ago at={latestAt} />
      {kind === 'failure' && count > 1 && (
        <>
          , {plural(count, 'time')} since <At at={openedAt} />
        </>
      )}
    </>
  );
}

/** What a person needs to decide about what they are told. */
export function ReportDetails({ item }: { item: InboxItemView }) {
  const { kind, process, about, count } = item;
  const trigger = typeof about['trigger'] === 'string' && about['trigger'];
  const code = typeof about['code'] === 'string' && <code className="font-mono text-xs">{about['code']}</code>;
  const where =
    trigger === 'manual'
      ? 'you, by hand'
      : trigger && (
          <a className="link" href={hrefs.agent(process, 'triggers')}>
            {trigger}
          </a>
        );
  if (kind === 'missed')
    return (
      <Details
        rows={[
          ['Trigger', where],
          ['Planned for', <PlannedFor key="at" first={about['first']} newest={about['instant']} count={count} />],
          ['Why', <Reasons key="why" reasons={about['reasons']} />],
        ]}
      />
    );
  if (kind !== 'failure') return null;
  const waiting = Number(about['waiting'] ?? count);
  return (
    <Details
      rows={[
        ['Error', code],
        ['Woken by', where],
        ['Still to decide', waiting < count && plural(waiting, 'event')],
      ]}
    />
  );
}

function Details({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <div className="mt-3">
      <DetailList rows={rows} />
    </div>
  );
}

function PlannedFor({ first, newest, count }: { first: Json | undefined; newest: Json | undefined; count: number }) {
  if (typeof newest !== 'number') return null;
  if (count === 1 || typeof first !== 'number') return <At at={newest} />;
  return (
    <>
      <At at={first} /> to <At at={newest} />, {plural(count, 'time')}
    </>
  );
}

function Reasons({ reasons }: { reasons: Json | undefined }) {
  const all = (reasons ?? []) as { reason: string; count: number }[];
  return (
    <ul>
      {all.map(({ reason, count }) => (
        <li key={reason}>
          {reason}
          {all.length > 1 && <span className="text-dim">: {plural(count, 'time')}</span>}
        </li>
      ))}
    </ul>
  );
}
