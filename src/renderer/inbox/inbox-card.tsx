import { ListTree, Wrench } from 'lucide-react';
import { nodeStream } from '../../shared/entries/journal-entries.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import type { InboxItemView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { Allowed, useMay } from '../stores/access.tsx';
import { isActionable } from '../stores/actionable.ts';
import { useRuntime } from '../stores/use-runtime.ts';
import { LinkButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { brief } from '../ui/format.ts';
import { JsonView } from '../ui/json-view.tsx';
import { Ago, At, Until } from '../ui/time.tsx';
import { withShortRuns } from '../ui/who.ts';
import { Answer } from './answers.tsx';
import { choiceText, isReport, itemIcon, itemKinds, itemLook } from './item-kinds.ts';
import { ReportDetails, ReportOrigin } from './report-details.tsx';
import { SnoozeButton } from './snooze-dialog.tsx';
import { WriteBack } from './write-back.tsx';

interface InboxCardProps {
  id: string;
  /** The item itself, where it is none of those that need a person now. */
  listed?: InboxItemView | undefined;
  /** The keys of the inbox answer this one. */
  keyboard?: boolean;
}

/** One thing that waits for a person, with all that is needed to decide. */
export function InboxCard({ id, listed, keyboard = false }: InboxCardProps) {
  const may = useMay();
  const open = useRuntime((state) => state.inbox.find((item) => item.id === id));
  const item = open ?? listed;
  if (!item) return null;
  const byKeys = keyboard && may('answerInboxItem');
  const Icon = itemIcon(item.kind);
  const look = itemLook(item.kind);
  const about = tellingAbout(item);
  return (
    <article
      aria-label={item.title}
      className={cx('rounded-xl border bg-surface p-4 shadow-raised narrow:[&_kbd]:hidden', look.edge)}
    >
      <header className="flex items-start gap-3">
        <span className={cx('flex size-8 shrink-0 items-center justify-center rounded-lg', look.soft, look.ink)}>
          <Icon aria-hidden className="size-4.5" />
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="break-words font-semibold">{item.title}</h2>
          <p className="text-dim text-xs">
            {isReport(item) ? <ReportOrigin item={item} /> : <AskOrigin item={item} />}
          </p>
        </div>
      </header>
      {/* The reasons of missed times are told with how often each was. */}
      {item.kind !== 'missed' && <p className="mt-3 whitespace-pre-wrap break-words">{withShortRuns(item.question)}</p>}
      {isReport(item) && <ReportDetails item={item} />}
      {Object.keys(about).length > 0 && (
        <div className="mt-3">
          <JsonView value={about} label="what it is about" />
        </div>
      )}
      {item.expiresAt !== null && item.answeredAt === null && (
        <p className="mt-3 text-warn text-xs">
          Without an answer in <Until at={item.expiresAt} className="tabular-nums" /> it is taken as “
          {fallbackText(item.fallback)}”.
        </p>
      )}
      {item.answeredAt === null && item.snoozedUntil !== null && !isActionable(item) && (
        <p className="mt-3 text-dim text-xs">
          Snoozed: back in <Until at={item.snoozedUntil} className="tabular-nums" />.
        </p>
      )}
      {item.answeredAt === null ? (
        <Allowed asks="answerInboxItem">
          <Answer item={item} keyboard={byKeys} />
        </Allowed>
      ) : (
        <Answered item={item} />
      )}
      {item.answeredAt === null && (
        <div className="mt-3 flex flex-wrap items-start gap-2 border-t pt-3">
          <Allowed asks="snoozeInboxItem" quiet>
            <SnoozeButton id={item.id} until={item.snoozedUntil} keyboard={byKeys} />
            <Words item={item} keyboard={byKeys} />
          </Allowed>
        </div>
      )}
    </article>
  );
}

/** What can be said to the agent beside the answer. */
function Words({ item, keyboard }: { item: InboxItemView; keyboard: boolean }) {
  if (item.kind === 'finished')
    return (
      <>
        <LinkButton icon={ListTree} href={hrefs.run(item.process, item.run)}>
          Open its run
        </LinkButton>
        <WriteBack item={item} keyboard={keyboard} />
      </>
    );
  if (item.kind === 'halted') return <WayToHalt about={item.about['process']} />;
  if (item.choices.length === 0 || item.kind === 'missed' || item.kind === 'clock') return null;
  return <WriteBack item={item} keyboard={keyboard} />;
}

/** Such a decision is made where all is told that speaks for and against it. */
function WayToHalt({ about }: { about: Json | undefined }) {
  const isAgent = typeof about === 'string' && about !== nodeStream;
  return isAgent ? (
    <LinkButton icon={Wrench} href={hrefs.agent(about)}>
      Decide how {about} goes on
    </LinkButton>
  ) : (
    <LinkButton icon={Wrench} href="#/settings/health">
      Health check
    </LinkButton>
  );
}

function AskOrigin({ item }: { item: InboxItemView }) {
  return (
    <>
      {itemKinds[item.kind]} of{' '}
      <a className="link" href={hrefs.agent(item.process)}>
        {item.process}
      </a>
      {item.run !== '' && (
        <>
          {', '}
          <a className="link" href={hrefs.run(item.process, item.run)}>
            its run
          </a>
          , step {item.step}
        </>
      )}
      , <Ago at={item.openedAt} />
    </>
  );
}

/** What the item is about, without what the card says anyway: of a call its arguments, of the rest what is no id. */
function tellingAbout({ kind, about }: InboxItemView): JsonObject {
  if (kind === 'top_up' || isReport({ kind })) return {};
  const call = about['args'] ?? about['argument_names'];
  if (call !== undefined && call !== null) {
    const { check } = about;
    return { call: about['tool'] ?? '', arguments: call, ...(check === undefined ? {} : { check }) };
  }
  const { run: _run, event: _event, trigger: _trigger, step: _step, ...telling } = about;
  return telling;
}

function fallbackText(fallback: Json): string {
  const verdict = isJsonObject(fallback) ? fallback['verdict'] : fallback;
  return typeof verdict === 'string' ? choiceText(verdict) : brief(fallback, 60);
}

function Answered({ item }: { item: InboxItemView }) {
  const { answer, answeredBy, answeredAt } = item;
  const verdict = isJsonObject(answer) ? answer['verdict'] : answer;
  const reason = isJsonObject(answer) ? answer['reason'] : undefined;
  return (
    <p className="mt-3 rounded-lg bg-ok-soft px-3 py-2 text-[0.8125rem]">
      <span className="font-medium text-ok">
        {typeof verdict === 'string' ? choiceText(verdict) : brief(answer)}
        {typeof reason === 'string' && `: ${reason}`}
      </span>
      <span className="text-dim">
        {' '}
        · {answeredBy ?? 'by itself'}, {answeredAt !== null && <At at={answeredAt} />}
      </span>
    </p>
  );
}
