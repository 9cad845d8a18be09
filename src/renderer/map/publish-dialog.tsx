import { Radio } from 'lucide-react';
import { useId, useState } from 'react';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/fields.tsx';
import { LazyCode } from '../ui/lazy-code.tsx';
import { parseJson } from '../ui/parse-json.ts';
import { Segmented } from '../ui/segmented.tsx';
import { useAction } from '../ui/use-action.ts';

type Kind = 'event' | 'message';

/** Says something on the bus, or sends it to a topic, as an agent would. */
export function PublishDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const field = useId();
  const [kind, setKind] = useState<Kind>('event');
  const [name, setName] = useState('');
  const [text, setText] = useState('{}');
  const [busy, act] = useAction();
  const read = parseJson(text);
  const ready = name.trim() !== '' && read.ok;
  const send = async () => {
    if (!read.ok || !ready) return;
    const done =
      kind === 'event'
        ? await act(() => client.publishEvent({ type: name.trim(), data: read.value }), { done: 'Published.' })
        : await act(() => client.sendMessage({ topic: name.trim(), content: read.value }), { done: 'Sent.' });
    if (done) onClose();
  };
  useShortcuts({ apply: () => void send() });
  return (
    <Dialog
      title="Say something to agents"
      description="An event reaches everyone who listens; a message is taken by one of those who take from its topic."
      onClose={onClose}
      footer={
        <>
          <Button size="md" onClick={onClose}>
            Cancel
          </Button>
          <Button size="md" look="solid" icon={Radio} disabled={busy || !ready} onClick={() => void send()}>
            {kind === 'event' ? 'Publish' : 'Send'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Segmented
          label="What"
          value={kind}
          options={[
            { value: 'event', text: 'An event' },
            { value: 'message', text: 'A message' },
          ]}
          onChange={setKind}
        />
        <label htmlFor={field} className="flex flex-col gap-1">
          <span className="font-medium text-[0.8125rem]">{kind === 'event' ? 'Type' : 'Topic'}</span>
          <TextField
            id={field}
            autoFocus
            placeholder={kind === 'event' ? 'orders.created' : 'support.tier1'}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <div className="flex flex-col gap-1">
          <span className="font-medium text-[0.8125rem]">Content, as JSON</span>
          <LazyCode language="json" label="Content" value={text} onChange={setText} className="h-36" />
          {!read.ok && <p className="text-bad text-xs">{read.problem}</p>}
        </div>
      </div>
    </Dialog>
  );
}
