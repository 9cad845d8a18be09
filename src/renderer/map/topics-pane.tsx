import { RotateCcw } from 'lucide-react';
import { hrefs } from '../frame/route.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { brief, plural } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Ago } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { MapPane } from './map-pane.tsx';

/** Where messages wait, who takes them, and those that nobody could do anything with. */
export function TopicsPane({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const topics = useRead('topics', ['bus', 'events', 'runs'], (from) => from.listTopics({}));
  const dead = useRead('dead-messages', ['bus', 'events', 'runs'], (from) =>
    from.listMessages({ state: 'dead', limit: 50, nodes: 'all' }),
  );
  const resend = (id: string) =>
    act(() => client.resendMessage({ id }), { done: 'Sent again.' }).then(() => {
      topics.reload();
      dead.reload();
    });
  return (
    <MapPane label="Topics" title="Topics" onClose={onClose}>
      {topics.error && <ErrorNote error={topics.error} retry={topics.reload} />}
      {!topics.value && !topics.error && <Loading />}
      {topics.value?.items.length === 0 && (
        <p className="text-dim text-[0.8125rem]">No message waits, and no agent takes any.</p>
      )}
      <ul className="flex flex-col gap-2 text-[0.8125rem]">
        {topics.value?.items.map(({ topic, waiting, handed, dead: broken, oldestAt, takers }) => (
          <li key={topic}>
            <p className="flex justify-between gap-2">
              <span className="min-w-0 truncate font-medium">{topic}</span>
              <span className="shrink-0 text-dim text-xs">
                {waiting} waiting, {handed} in work{broken > 0 && <span className="text-bad">, {broken} dead</span>}
              </span>
            </p>
            <p className="text-dim text-xs">
              {takers.length === 0 ? (
                <span className="text-warn">nobody takes from it</span>
              ) : (
                takers.map((name) => (
                  <a key={name} className="link mr-2" href={hrefs.agent(name)}>
                    {name}
                  </a>
                ))
              )}
              {oldestAt !== null && (
                <>
                  , oldest <Ago at={oldestAt} />
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
      {dead.value && dead.value.items.length > 0 && (
        <section aria-label="Dead messages" className="mt-4">
          <h3 className="mb-1.5 font-medium text-[0.8125rem]">
            {plural(dead.value.items.length, 'message')} nobody could do anything with
          </h3>
          <ul className="flex flex-col gap-2 text-xs">
            {dead.value.items.map(({ id, topic, content, reason, sentAt }) => (
              <li key={id} className="rounded-lg bg-sunken px-2.5 py-2">
                <p className="flex items-center justify-between gap-2">
                  <span className="min-w-0 truncate font-medium">{topic}</span>
                  <Ago at={sentAt} className="shrink-0 text-faint" />
                </p>
                <p className="truncate font-mono text-dim">{brief(content)}</p>
                {reason && <p className="text-bad">{reason}</p>}
                <Button icon={RotateCcw} className="mt-1.5" asks="resendMessage" onClick={() => void resend(id)}>
                  Send again
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </MapPane>
  );
}
