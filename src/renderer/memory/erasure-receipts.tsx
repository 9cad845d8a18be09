import { ChevronRight, CircleAlert, Download, SearchCheck, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { ErasureCheck, ErasureReceipt } from '../../shared/erasure-receipt.ts';
import { hrefs } from '../frame/route.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { download } from '../ui/download.ts';
import { plural } from '../ui/format.ts';
import { ErrorNote } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago, At } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import { whoText } from '../ui/who.ts';
import { checkText, findingTexts, placeText } from './erasure-words.ts';

/** Receipts of what an agent was made to forget; whoever makes it forget asks for them anew. */
export function useErasures(name: string) {
  return useRead(`erasures:${name}`, [`runs:${name}`, `journal:${name}`], (client) =>
    client.listErasures({ name, limit: 100 }),
  );
}

/** What an agent was made to forget: a receipt of each, with where it was looked for, and a way to look again. */
export function ErasureReceipts({ read }: { read: ReturnType<typeof useErasures> }) {
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  const { items, pending } = read.value ?? { items: [], pending: 0 };
  if (items.length === 0 && pending === 0) return null;
  return (
    <Panel title="Forgotten, with proof" icon={ShieldCheck} flush>
      {pending > 0 && (
        <p className="px-4 pb-2 text-[0.8125rem] text-dim">
          {plural(pending, 'thing')} to forget still stand in its past. They go as soon as nobody who shares this memory
          works.
        </p>
      )}
      <ul>
        {items.map((receipt) => (
          <Receipt key={receipt.id} receipt={receipt} />
        ))}
      </ul>
    </Panel>
  );
}

function Receipt({ receipt }: { receipt: ErasureReceipt }) {
  const client = useClient();
  const [open, setOpen] = useState(false);
  const [again, setAgain] = useState<ErasureCheck | null>(null);
  const [busy, act] = useAction();
  const { id, process: name, count, everything, erasedAt, by } = receipt;
  const check = again ?? receipt.check;
  const what = everything ? `Everything, ${plural(count, 'memory', 'memories')}` : plural(count, 'memory', 'memories');
  const lookAgain = () => void act(async () => setAgain(await client.checkErasure({ name, id })));
  const save = () => download(`${name}-${id.slice(-8)}.receipt.json`, `${JSON.stringify(receipt, null, 2)}\n`);
  return (
    <li className="border-line/60 border-t px-4 py-2">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full flex-wrap items-center gap-x-3 gap-y-1 rounded-md py-1 text-left text-[0.8125rem]"
      >
        <ChevronRight aria-hidden className={cx('size-4 shrink-0 text-faint', open && 'rotate-90')} />
        <span className="font-medium">{what}</span>
        <span className="text-dim">
          <Ago at={erasedAt} />, asked by {whoText(by)}
        </span>
        <span className="flex-1" />
        <Outcome check={check} />
      </button>
      {open && (
        <div className="flex flex-col gap-3 pt-2 pb-2 pl-7 narrow:pl-0">
          <Facts receipt={receipt} />
          <Findings check={check} again={again !== null} />
          <div className="flex flex-wrap gap-2">
            <Button icon={SearchCheck} asks="checkErasure" disabled={busy} onClick={lookAgain}>
              {busy ? 'Looking…' : 'Check again'}
            </Button>
            <Button icon={Download} onClick={save}>
              Export as JSON
            </Button>
          </div>
        </div>
      )}
    </li>
  );
}

function Outcome({ check }: { check: ErasureCheck }) {
  const Icon = check.clean ? ShieldCheck : CircleAlert;
  return (
    <span className={cx('inline-flex items-center gap-1.5 font-medium text-xs', check.clean ? 'text-ok' : 'text-warn')}>
      <Icon aria-hidden className="size-4" />
      {checkText(check)}
    </span>
  );
}

function Facts({ receipt }: { receipt: ErasureReceipt }) {
  const { id, process, by, askedAt, erasedAt, erased, memories, count, nodes = [] } = receipt;
  const run = by.startsWith('run:') ? by.slice(4) : null;
  return (
    <DetailList
      rows={[
        ['Receipt', <Code key="id" text={id} />],
        [
          'Asked by',
          run ? (
            <a key="by" className="link" href={hrefs.run(process, run)}>
              {whoText(by)}
            </a>
          ) : (
            whoText(by)
          ),
        ],
        ['Asked', <At key="asked" at={askedAt} />],
        ['Erased', <At key="erased" at={erasedAt} />],
        ['From the past of', erased.agents.join(', ')],
        [
          'Taken away',
          `${plural(erased.entries, 'entry', 'entries')} of journals, ${plural(erased.rows, 'row')} of lists`,
        ],
        [
          'Other nodes',
          nodes.length > 0 && (
            <ul key="nodes" className="flex flex-col gap-0.5">
              {nodes.map(({ node, name, doneAt }) => (
                <li key={node}>
                  {name}:{' '}
                  {doneAt === null ? (
                    <>
                      not reached since <At at={erasedAt} />, and told as soon as it is there
                    </>
                  ) : (
                    <>
                      forgotten there too, <At at={doneAt} />
                    </>
                  )}
                </li>
              ))}
            </ul>
          ),
        ],
        [
          'Memories',
          memories.length > 0 && (
            <ul key="memories" className="flex flex-col gap-0.5">
              {memories.slice(0, 20).map((memory) => (
                <li key={memory.id}>
                  <Code text={memory.id} />
                  {memory.hash === null
                    ? ': what it said was not in the journal any more'
                    : `: ${plural(memory.characters ?? 0, 'character')}, SHA-256 with salt `}
                  {memory.hash !== null && <Code text={memory.hash} />}
                </li>
              ))}
              {count > 20 && <li className="text-dim">and {count - 20} more, in the export</li>}
            </ul>
          ),
        ],
      ]}
    />
  );
}

function Code({ text }: { text: string }) {
  return <code className="break-all text-xs">{text}</code>;
}

function Findings({ check, again }: { check: ErasureCheck; again: boolean }) {
  return (
    <section aria-label="Where it was looked for">
      <h3 className="mb-1 font-semibold text-[0.8125rem]">
        {again ? 'Looked for again' : 'Looked for right after'}{' '}
        <At at={check.at} className="font-normal text-dim text-xs" />
      </h3>
      <ul className="flex flex-col gap-1 text-[0.8125rem]">
        {check.findings.map(({ place, name, at, state, note }) => {
          const Icon = state === 'clean' ? ShieldCheck : CircleAlert;
          return (
            <li key={`${place} ${name} ${note}`} className="flex items-start gap-2">
              <Icon aria-hidden className={cx('mt-0.5 size-4 shrink-0', state === 'clean' ? 'text-ok' : 'text-warn')} />
              <span className="min-w-0 break-words">
                <span className="font-medium">{findingTexts[state]}</span>: {placeText({ place })}, {name}
                {at !== null && (
                  <>
                    {' '}
                    {state === 'pending' ? 'since' : 'of'} <At at={at} />
                  </>
                )}
                {note && <span className="text-dim">. {note}</span>}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
