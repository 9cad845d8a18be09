import { Braces, Brain, SearchX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { hrefs } from '../frame/route.ts';
import { useClient, useRuntimeStore } from '../stores/use-runtime.ts';
import { brief, plural } from '../ui/format.ts';
import { Empty } from '../ui/notes.tsx';
import { Ago } from '../ui/time.tsx';
import { type AgentHits, searchAll } from './search-all.ts';

/** Which agents keep or remember something of a text. */
export function MemoryHits({ text }: { text: string }) {
  const client = useClient();
  const store = useRuntimeStore();
  const [hits, setHits] = useState<AgentHits[]>([]);
  const [asked, setAsked] = useState(0);
  const [names] = useState(() => store.inOrder().map(({ name }) => name));
  useEffect(() => {
    let over = false;
    void searchAll(
      client,
      names,
      text,
      (found, count) => {
        setHits(found);
        setAsked(count);
      },
      () => over,
    );
    return () => {
      over = true;
    };
  }, [client, names, text]);
  const done = asked >= names.length;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto border-t px-6 py-3 narrow:px-4">
      <p role="status" className="mb-2 text-dim text-xs">
        {done
          ? `${plural(hits.length, 'agent')} of ${names.length}`
          : `Asking agents, ${asked} of ${names.length} so far…`}
      </p>
      {done && hits.length === 0 && <Empty icon={SearchX} title={`Nobody keeps or remembers anything of “${text}”.`} />}
      <ul className="flex max-w-4xl flex-col gap-3">
        {hits.map((agent) => (
          <li key={agent.process} className="rounded-xl border bg-surface p-3.5 shadow-raised">
            <Hits hits={agent} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Hits({ hits: { process, values, memories } }: { hits: AgentHits }) {
  return (
    <>
      <h2 className="mb-1 font-semibold text-[0.8125rem]">
        <a className="hover:link" href={hrefs.agent(process)}>
          {process}
        </a>
      </h2>
      <ul className="text-[0.8125rem]">
        {values.map(({ key, value, updatedAt }) => (
          <li key={key} className="flex items-baseline gap-2.5 py-1">
            <Braces aria-label="kept" className="size-3.5 shrink-0 self-center text-faint" />
            <a className="hover:link shrink-0 font-medium" href={hrefs.agent(process, 'context')}>
              {key}
            </a>
            <span className="min-w-0 flex-1 truncate font-mono text-xs">{brief(value)}</span>
            <Ago at={updatedAt} className="shrink-0 text-faint text-xs" />
          </li>
        ))}
        {memories.map(({ id, content, at, score }) => (
          <li key={id} className="flex items-baseline gap-2.5 py-1">
            <Brain aria-label="remembered" className="size-3.5 shrink-0 self-center text-faint" />
            <a className="hover:link min-w-0 flex-1" href={hrefs.agent(process, 'memory')}>
              {brief(content, 240)}
            </a>
            {score !== null && <span className="shrink-0 text-faint text-xs">fits {Math.round(score * 100)} %</span>}
            <Ago at={at} className="shrink-0 text-faint text-xs" />
          </li>
        ))}
      </ul>
    </>
  );
}
