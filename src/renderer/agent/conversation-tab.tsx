import { Bot, FileDown, MessagesSquare, Send, Trash2, User } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { hrefs } from '../frame/route.ts';
import { useMay } from '../stores/access.tsx';
import { useClient, useProcess, useRead, useRuntime } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { cx } from '../ui/cx.ts';
import { download } from '../ui/download.ts';
import { TextArea } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { At } from '../ui/time.tsx';
import { act, useAction } from '../ui/use-action.ts';
import { ContextWindowBar } from './context-window-bar.tsx';

/** The words the agent still sees, and a way to say something to it. */
export function ConversationTab({ name }: { name: string }) {
  const client = useClient();
  const conversation = useRead(`conversation:${name}`, [`conversation:${name}`], (from) =>
    from.getConversation({ name }),
  );
  const [clearing, setClearing] = useState(false);
  const messages = conversation.value?.items ?? [];
  const end = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message is what moves it
  useEffect(() => {
    // Newer browsers answer with a promise, which is nothing to clean up with.
    void end.current?.scrollIntoView({ block: 'end' });
  }, [messages.length]);

  const save = () =>
    act(async () => download(`${name}.md`, (await client.exportConversation({ name })).text), {
      done: 'Saved, with what it no longer sees.',
    });

  if (conversation.error) return <ErrorNote error={conversation.error} retry={conversation.reload} />;
  if (!conversation.value) return <Loading rows={6} />;
  return (
    <div className="mx-auto flex h-full max-w-3xl flex-col">
      <ContextWindowBar name={name} />
      {messages.length > 0 && (
        <div className="flex items-center justify-between pb-2 text-dim text-xs">
          {plural(messages.length, 'message')} that it still sees
          <span className="flex gap-1">
            <Button icon={FileDown} look="ghost" onClick={() => void save()}>
              Save all of it
            </Button>
            <Button icon={Trash2} look="ghost" asks="clearConversation" onClick={() => setClearing(true)}>
              Forget all
            </Button>
          </span>
        </div>
      )}
      {messages.length === 0 && (
        <Empty icon={MessagesSquare} title="No conversation yet">
          What woke it and what it answered stand here. Say something below, and it wakes to answer.
        </Empty>
      )}
      <ol className="flex flex-col gap-3">
        {messages.map((message) => (
          <Message key={`${message.run}:${message.role}:${message.at}`} name={name} {...message} />
        ))}
        <Speaking name={name} />
      </ol>
      <div ref={end} className="flex-1 pt-4" />
      <Composer name={name} />
      {clearing && (
        <Confirm
          title="Forget the conversation?"
          asks="clearConversation"
          confirm="Forget it"
          onClose={() => setClearing(false)}
          onConfirm={() =>
            void act(() => client.clearConversation({ name }), {
              done: 'It begins afresh. The journal keeps what was said.',
            })
          }
        >
          The agent no longer sees {plural(messages.length, 'message')}. The journal keeps them.
        </Confirm>
      )}
    </div>
  );
}

interface MessageProps {
  name: string;
  role: string;
  content: string;
  at: number;
  run: string;
}

function Message({ name, role, content, at, run }: MessageProps) {
  const own = role === 'assistant';
  const Icon = own ? Bot : User;
  return (
    <li className={cx('flex gap-2.5', !own && 'flex-row-reverse')}>
      <Icon aria-hidden className="mt-2 size-4 shrink-0 text-faint" />
      <div className={cx('min-w-0 max-w-[85%] rounded-xl px-3.5 py-2', own ? 'border bg-surface' : 'bg-accent-soft')}>
        <p className="whitespace-pre-wrap break-words">{content}</p>
        <p className="mt-1 text-[0.6875rem] text-faint">
          <span className="sr-only">{own ? name : 'to it'}, </span>
          <At at={at} /> ·{' '}
          <a className="hover:underline" href={hrefs.run(name, run)}>
            its run
          </a>
        </p>
      </div>
    </li>
  );
}

/** What a model says at this moment. */
function Speaking({ name }: { name: string }) {
  const text = useRuntime((state) => {
    const run = state.processes[name]?.lastRun;
    return run?.state === 'running' ? (state.liveText[run.id]?.text ?? '') : null;
  });
  if (text === null) return null;
  return (
    <li className="flex gap-2.5" aria-live="polite">
      <Bot aria-hidden className="mt-2 size-4 shrink-0 text-faint" />
      <p className="max-w-[85%] whitespace-pre-wrap break-words rounded-xl border bg-surface px-3.5 py-2">
        {text || <span className="breathing text-dim">at work…</span>}
      </p>
    </li>
  );
}

function Composer({ name }: { name: string }) {
  const client = useClient();
  const may = useMay();
  const state = useProcess(name)?.state;
  const [text, setText] = useState('');
  const [busy, run] = useAction();
  const send = async () => {
    const message = text.trim();
    if (
      may('chat') &&
      message &&
      (await run(() => client.chat({ name, text: message, timeoutMs: 0, idempotencyKey: crypto.randomUUID() })))
    )
      setText('');
  };
  const rests = state !== 'running' && state !== 'awaiting';
  return (
    <div className="sticky bottom-0 flex items-end gap-2 rounded-xl border bg-raised p-2 shadow-float">
      <TextArea
        aria-label={`Say something to ${name}`}
        placeholder={rests ? `It is ${state}: it answers once it runs` : 'Say something; it wakes with these words'}
        value={text}
        rows={2}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          void send();
        }}
        className="min-h-0 border-0 bg-transparent"
      />
      <Button
        look="solid"
        size="md"
        icon={Send}
        asks="chat"
        disabled={busy || text.trim() === ''}
        onClick={() => void send()}
      >
        Send
      </Button>
    </div>
  );
}
