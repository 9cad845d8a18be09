import { Send } from 'lucide-react';
import { useRef, useState } from 'react';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { InboxItemView } from '../../shared/views.ts';
import { hrefs } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient, useRuntime } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextArea } from '../ui/fields.tsx';
import { brief } from '../ui/format.ts';
import { JsonView } from '../ui/json-view.tsx';
import { Keys } from '../ui/keys.tsx';
import { Ago, At, Until } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import { choiceText, itemIcon, itemKinds } from './item-kinds.ts';

interface InboxCardProps {
  id: string;
  /** The item itself, where it is no longer among the open ones. */
  answered?: InboxItemView | undefined;
  /** The keys of the inbox answer this one. */
  keyboard?: boolean;
}

/** One thing that waits for a person, with all that is needed to decide. */
export function InboxCard({ id, answered, keyboard = false }: InboxCardProps) {
  const open = useRuntime((state) => state.inbox.find((item) => item.id === id));
  const item = open ?? answered;
  if (!item) return null;
  const Icon = itemIcon(item.kind);
  const about = tellingAbout(item);
  return (
    <article aria-label={item.title} className="rounded-xl border border-warn/40 bg-surface p-4 shadow-raised">
      <header className="flex items-start gap-3">
        <span className="flex size-8 shrink-0 items-center justify-center rounded-lg bg-warn-soft text-warn">
          <Icon aria-hidden className="size-4.5" />
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="break-words font-semibold">{item.title}</h2>
          <p className="text-dim text-xs">
            {itemKinds[item.kind]} of{' '}
            <a className="link" href={hrefs.agent(item.process)}>
              {item.process}
            </a>
            {', '}
            <a className="link" href={hrefs.run(item.process, item.run)}>
              its run
            </a>
            , step {item.step}, <Ago at={item.openedAt} />
          </p>
        </div>
      </header>
      <p className="mt-3 whitespace-pre-wrap break-words">{item.question}</p>
      {Object.keys(about).length > 0 && (
        <div className="mt-3">
          <JsonView value={about} label="what it is about" />
        </div>
      )}
      {item.expiresAt !== null && item.answeredAt === null && (
        <p className="mt-3 text-warn text-xs">
          Without an answer in <Until at={item.expiresAt} className="tabular-nums" /> it is taken as “
          {brief(item.fallback, 60)}”.
        </p>
      )}
      {item.answeredAt === null ? <Answer item={item} keyboard={keyboard} /> : <Answered item={item} />}
    </article>
  );
}

/** What the item is about, without what the card says anyway. */
function tellingAbout({ about }: InboxItemView): JsonObject {
  const { run: _run, event: _event, trigger: _trigger, ...telling } = about;
  return telling;
}

function Answered({ item }: { item: InboxItemView }) {
  return (
    <p className="mt-3 rounded-lg bg-ok-soft px-3 py-2 text-[0.8125rem]">
      <span className="font-medium text-ok">
        {typeof item.answer === 'string' ? choiceText(item.answer) : brief(item.answer)}
      </span>
      <span className="text-dim">
        {' '}
        · {item.answeredBy ?? 'by itself'}, {item.answeredAt !== null && <At at={item.answeredAt} />}
      </span>
    </p>
  );
}

function Answer({ item, keyboard }: { item: InboxItemView; keyboard: boolean }) {
  const client = useClient();
  const [text, setText] = useState('');
  const [busy, act] = useAction();
  const field = useRef<HTMLTextAreaElement>(null);
  const { id, choices } = item;
  const free = choices.length === 0;
  const give = (answer: Json) =>
    void act(() => client.answerInboxItem({ id, answer }), { done: `Answered: its run goes on.` });
  const pick = (index: number) => {
    const choice = choices[index];
    if (choice === undefined) return false;
    give(choice);
  };
  useShortcuts(
    keyboard
      ? {
          approve: () => (free ? field.current?.focus() : pick(0)),
          deny: () => (free ? false : pick(1)),
          reply: () => (free ? field.current?.focus() : false),
          apply: () => (free && text.trim() ? give(text.trim()) : false),
          ...Object.fromEntries(choices.map((_, index) => [`digit${index + 1}`, () => pick(index)])),
        }
      : {},
  );
  if (free) {
    return (
      <div className="mt-3 flex flex-col gap-2">
        <TextArea
          ref={field}
          aria-label="Your answer"
          placeholder="Your answer"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <div className="flex items-center justify-end gap-2">
          {keyboard && <Keys keys="mod+enter" />}
          <Button
            look="solid"
            size="md"
            icon={Send}
            disabled={busy || text.trim() === ''}
            onClick={() => give(text.trim())}
          >
            Answer
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className="mt-4 flex flex-wrap gap-2">
      {choices.map((choice, index) => (
        <Button
          key={choice}
          size="md"
          look={index === 0 ? 'solid' : 'outline'}
          disabled={busy}
          onClick={() => give(choice)}
        >
          {choiceText(choice)}
          {keyboard && index < 2 && <KeyHint text={index === 0 ? 'E' : 'D'} solid={index === 0} />}
        </Button>
      ))}
    </div>
  );
}

function KeyHint({ text, solid }: { text: string; solid: boolean }) {
  return (
    <kbd
      className={`ml-1 rounded border px-1 font-sans text-[0.6875rem] leading-4 ${solid ? 'border-on-accent/50' : 'border-edge text-dim'}`}
    >
      {text}
    </kbd>
  );
}
