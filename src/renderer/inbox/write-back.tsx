import { MessageSquare, Send } from 'lucide-react';
import { useState } from 'react';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextArea } from '../ui/fields.tsx';
import { Keys } from '../ui/keys.tsx';
import { useAction } from '../ui/use-action.ts';

/** A word to the agent that leaves the item open: it is shown the letter with its next run. */
export function WriteBack({ process, keyboard }: { process: string; keyboard: boolean }) {
  const client = useClient();
  const [text, setText] = useState<string | null>(null);
  const [busy, act] = useAction();
  const send = async () => {
    const content = text?.trim();
    if (!content) return;
    const sent = await act(() => client.sendToProcess({ name: process, type: 'directive', content }), {
      done: `“${process}” will read it.`,
    });
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
        Write to it…
        {keyboard && <Keys keys="r" />}
      </Button>
    );
  }
  return (
    <div className="flex w-full flex-col gap-2">
      <TextArea
        autoFocus
        aria-label={`Write to ${process}`}
        placeholder="What should it know from its next run on? The item stays open."
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
