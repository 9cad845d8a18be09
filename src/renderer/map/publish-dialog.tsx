import { Radio } from 'lucide-react';
import { useId, useState } from 'react';
import { useClient } from '../stores/use-runtime.ts';
import { TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { LazyCode } from '../ui/lazy-code.tsx';
import { parseJson } from '../ui/parse-json.ts';
import { Segmented } from '../ui/segmented.tsx';
import { act } from '../ui/use-action.ts';

type Kind = 'event' | 'message';

/** Says something on the bus, or sends it to a topic, as an agent would. */
export function PublishDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const field = useId();
  const [kind, setKind] = useState<Kind>('event');
  const [name, setName] = useState('');
  const [text, setText] = useState('{}');
  const read = parseJson(text);
  const ready = name.trim() !== '' && read.ok;
  const send = async () => {
    if (!read.ok) return false;
    return kind === 'event'
      ? act(() => client.publishEvent({ type: name.trim(), data: read.value }), { done: 'Published.' })
      : act(() => client.sendMessage({ topic: name.trim(), content: read.value }), { done: 'Sent.' });
  };
  return (
    <FormDialog
      title="Say something to agents"
      description="An event reaches everyone who listens; a message is taken by one of those who take from its topic."
      onClose={onClose}
      asks={kind === 'event' ? 'publishEvent' : 'sendMessage'}
      submit={kind === 'event' ? 'Publish' : 'Send'}
      icon={Radio}
      ready={ready}
      onSubmit={send}
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
    </FormDialog>
  );
}
