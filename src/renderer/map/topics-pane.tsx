import { RotateCcw, X } from 'lucide-react';
import { hrefs } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { brief, plural } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Ago } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';

/** Where messages wait, who takes them, and those that nobody could do anything with. */
export function TopicsPane({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const topics = useRead('topics', ['bus', 'events', 'runs'], (from) => from.listTopics({}));
  const dead = useRead('dead-messages', ['bus', 'events', 'runs'], (from) =>
    from.listMessages({ state: 'dead', limit: 50 }),
  );
  useShortcuts({ back: onClose });
  const resend = (id: string) =>
    act(() => client.resendMessage({ id }), { done: 'Sent again.' }).then(() => {
      topics.reload();
      dead.reload();
    });
  return (
    <aside
      aria-label="Topics"
      className="sliding w-96 shrink-0 overflow-y-auto border-l bg-surface p-4 narrow:absolute narrow:inset-x-0 narrow:bottom-0 narrow:max-h-[60%] narrow:w-auto narrow:border-t narrow:shadow-float"
    >
      <header className="mb-3 flex items-start gap-2">
        <h2 className="min-w-0 flex-1 font-semibold">Topics</h2>
        <IconButton icon={X} label="Close" keys="escape" onClick={onClose} />
      </header>
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
                <Button icon={RotateCcw} className="mt-1.5" onClick={() => void resend(id)}>
                  Send again
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}
