import { MessageSquare, Send } from 'lucide-react';
import { useState } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import type { InboxItemView } from '../../shared/views/views.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextArea } from '../ui/fields.tsx';
import { KeysOf } from '../ui/keys.tsx';
import { useAction } from '../ui/use-action.ts';

interface Way {
  button: string;
  label(process: string): string;
  placeholder: string;
  done(process: string): string;
  send(client: RuntimeClient, item: InboxItemView, text: string): Promise<unknown>;
}

/** A word to the agent that leaves the item open: it is shown the letter with its next run. */
const word: Way = {
  button: 'Write to it…',
  label: (process) => `Write to ${process}`,
  placeholder: 'What should it know from its next run on? The item stays open.',
  done: (process) => `“${process}” will read it.`,
  send: (client, { process }, content) => client.sendToProcess({ name: process, type: 'directive', content }),
};

/** An answer to a result: it wakes the agent, and the result is read. */
const reply: Way = {
  button: 'Reply…',
  label: (process) => `Reply to ${process}`,
  placeholder: 'It wakes the agent, and marks the result as read.',
  done: (process) => `“${process}” is woken with it.`,
  async send(client, { id, process, question }, text) {
    const content = `About your result “${question.slice(0, 500)}”: ${text}`;
    await client.sendToProcess({ name: process, type: 'question', content });
    await client.answerInboxItem({ id, answer: 'read' });
  },
};

/** What a person writes to the agent of an item: an answer where it is a result, else a word. */
export function WriteBack({ item, keyboard }: { item: InboxItemView; keyboard: boolean }) {
  const client = useClient();
  const [text, setText] = useState<string | null>(null);
  const [busy, act] = useAction();
  const { process } = item;
  const way = item.kind === 'finished' ? reply : word;
  const send = async () => {
    const written = text?.trim();
    if (!written) return;
    const sent = await act(() => way.send(client, item, written), { done: way.done(process) });
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
        {way.button}
        {keyboard && <KeysOf id="reply" />}
      </Button>
    );
  }
  return (
    <div className="flex w-full flex-col gap-2">
      <TextArea
        autoFocus
        aria-label={way.label(process)}
        placeholder={way.placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="flex items-center justify-end gap-2">
        {keyboard && <KeysOf id="apply" />}
        <Button onClick={() => setText(null)}>Cancel</Button>
        <Button look="solid" icon={Send} disabled={busy || text.trim() === ''} onClick={() => void send()}>
          Send
        </Button>
      </div>
    </div>
  );
}
