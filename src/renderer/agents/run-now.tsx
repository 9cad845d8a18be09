import { History, Zap } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import { isJsonObject, type Json } from '../../shared/json.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useClient, useProcess, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { brief, clockTime } from '../ui/format.ts';
import { LazyCode } from '../ui/lazy-code.tsx';
import { parseJson } from '../ui/parse-json.ts';
import { act } from '../ui/use-action.ts';
import { triggerNames } from './trigger-icon.tsx';

/** Wakes an agent by hand, or as if one of its triggers had fired, with a payload of one's own or of the past. */
export function RunNow({
  name,
  trigger: chosen = '',
  onClose,
}: {
  name: string;
  trigger?: string;
  onClose: () => void;
}) {
  const client = useClient();
  const view = useProcess(name);
  const [typed, setPayload] = useState<string | null>(null);
  const offered = useOffered(name);
  const payload = typed ?? offered?.text ?? '{}';
  const [trigger, setTrigger] = useState(chosen);
  const [problem, setProblem] = useState('');
  const key = useRef(crypto.randomUUID());
  const triggerField = useId();

  const write = (text: string) => {
    setPayload(text);
    setProblem('');
  };
  const run = async () => {
    const read = parsePayload(payload);
    if (!read.ok) {
      setProblem(read.problem);
      return false;
    }
    let eventId = '';
    const asked = { name, payload: read.value, idempotencyKey: key.current, ...(trigger ? { trigger } : {}) };
    const done = await act(async () => {
      eventId = (await client.wakeProcess(asked)).eventId;
    });
    if (done) navigate(eventId ? `${hrefs.agent(name, 'runs')}?event=${eventId}` : hrefs.agent(name, 'runs'));
    return done;
  };

  return (
    <FormDialog
      title={`Run ${name} now`}
      description={
        view && view.state !== 'running' && view.state !== 'awaiting'
          ? `It is ${view.state}: the event is kept and worked on once it runs.`
          : undefined
      }
      onClose={onClose}
      asks="wakeProcess"
      submit="Run now"
      icon={Zap}
      onSubmit={run}
    >
      <div className="flex flex-col gap-3">
        {view && view.triggers.length > 0 && (
          <label htmlFor={triggerField} className="flex flex-col gap-1">
            <span className="font-medium text-[0.8125rem]">As if woken by</span>
            <Choice id={triggerField} value={trigger} onChange={(event) => setTrigger(event.target.value)}>
              <option value="">you, by hand</option>
              {view.triggers.map(({ id, type, summary }) => (
                <option key={id} value={id}>
                  {triggerNames[type] ?? type}: {summary}
                </option>
              ))}
            </Choice>
          </label>
        )}
        <div className="flex flex-col gap-1">
          <span className="font-medium text-[0.8125rem]">Payload</span>
          <LazyCode language="json" label="Payload, as JSON" value={payload} onChange={write} className="h-44" />
          {typed === null && offered && <p className="text-dim text-xs">{offered.from}</p>}
          {problem && (
            <p role="alert" className="text-bad text-xs">
              {problem}
            </p>
          )}
          <FilePick onText={write} />
        </div>
        <PastPayloads name={name} onPick={write} />
      </div>
    </FormDialog>
  );
}

/** What is tried when nothing was written yet: the newest payload that says something, or the template's sample. */
function useOffered(name: string): { text: string; from: string } | null {
  return useRead(`offered:${name}`, [], (client) => offeredPayload(client, name)).value ?? null;
}

const eventsLookedAt = 5;

async function offeredPayload(client: RuntimeClient, name: string): Promise<{ text: string; from: string } | null> {
  const text = (value: Json) => JSON.stringify(value, null, 2);
  const { items } = await client.listTriggerEvents({ process: name, limit: 20 });
  for (const { id, acceptedAt } of items.filter(({ kind }) => kind !== 'cron').slice(0, eventsLookedAt)) {
    const { payload } = await client.getTriggerEvent({ id });
    if (isJsonObject(payload) && Object.keys(payload).length > 0)
      return { text: text(payload), from: `As it was woken ${clockTime(acceptedAt, Date.now())}.` };
  }
  const templates = await client.listTemplates({});
  const sample = templates.items.flatMap(({ agents }) => agents).find((agent) => agent.name === name)?.sample ?? null;
  return sample === null ? null : { text: text(sample), from: 'The sample of its template.' };
}

function FilePick({ onText }: { onText: (text: string) => void }) {
  const field = useId();
  return (
    <label htmlFor={field} className="text-dim text-xs">
      or from a file:{' '}
      <input
        id={field}
        type="file"
        accept=".json,.txt,application/json"
        className="text-xs"
        onChange={(event) => void event.target.files?.[0]?.text().then(onText)}
      />
    </label>
  );
}

function PastPayloads({ name, onPick }: { name: string; onPick: (payload: string) => void }) {
  const client = useClient();
  const past = useRead(`events-of:${name}`, [`events:${name}`], (from) =>
    from.listTriggerEvents({ process: name, limit: 8 }),
  );
  if (!past.value || past.value.items.length === 0) return null;
  const pick = async (id: string) => {
    const { payload } = await client.getTriggerEvent({ id });
    onPick(JSON.stringify(payload, null, 2));
  };
  return (
    <section aria-label="Past payloads">
      <h3 className="mb-1 font-medium text-[0.8125rem]">Or one of the past</h3>
      <div className="flex flex-wrap gap-1.5">
        {past.value.items.map((event) => (
          <Button key={event.id} icon={History} look="soft" onClick={() => void pick(event.id)}>
            {brief(event.trigger, 24)} {clockTime(event.acceptedAt, Date.now())}
          </Button>
        ))}
      </div>
    </section>
  );
}

function parsePayload(text: string): ReturnType<typeof parseJson> {
  return text.trim() === '' ? { ok: true, value: {} } : parseJson(text);
}
