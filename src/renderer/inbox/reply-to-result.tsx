import { MessageSquare, Send } from 'lucide-react';
import { useState } from 'react';
import type { InboxItemView } from '../../shared/views/views.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextArea } from '../ui/fields.tsx';
import { Keys } from '../ui/keys.tsx';
import { useAction } from '../ui/use-action.ts';

/** An answer to a result: it wakes the agent, and the result is read. */
export function ReplyToResult({ item, keyboard }: { item: InboxItemView; keyboard: boolean }) {
  const client = useClient();
  const [text, setText] = useState<string | null>(null);
  const [busy, act] = useAction();
  const { id, process, question } = item;
  const send = async () => {
    const reply = text?.trim();
    if (!reply) return;
    const content = `About your result “${question.slice(0, 500)}”: ${reply}`;
    const sent = await act(
      async () => {
        await client.sendToProcess({ name: process, type: 'question', content });
        await client.answerInboxItem({ id, answer: 'read' });
      },
      { done: `“${process}” is woken with it.` },
    );
    if (sent) setText(null);
  };
  useShortcuts(
    keyboard
      ? {
          reply: () => (text === null ? setText('') : false),
          ...(text === null ? {} : { apply: () => void send(), back: () => setText(null) }),
        }
      : {},
  );
  if (text === null) {
    return (
      <Button icon={MessageSquare} onClick={() => setText('')}>
        Reply…
        {keyboard && <Keys keys="r" />}
      </Button>
    );
  }
  return (
    <div className="flex w-full flex-col gap-2">
      <TextArea
        autoFocus
        aria-label={`Reply to ${process}`}
        placeholder="It wakes the agent, and marks the result as read."
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="flex items-center justify-end gap-2">
        {keyboard && <Keys keys="mod+enter" />}
        <Button onClick={() => setText(null)}>Cancel</Button>
        <Button look="solid" icon={Send} disabled={busy || text.trim() === ''} onClick={() => void send()}>
          Send
        </Button>
      </div>
    </div>
  );
}
