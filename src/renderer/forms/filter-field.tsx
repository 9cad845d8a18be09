import { useEffect, useState } from 'react';
import type { Output } from '../../shared/api.ts';
import type { JsonObject } from '../../shared/json.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { TextField } from '../ui/fields.tsx';
import { At } from '../ui/time.tsx';
import { useFormProcess } from './form-parts.ts';

type Tried = Output<'testFilter'>;

interface FilterFieldProps {
  id: string;
  value: string;
  siblings: JsonObject;
  invalid: boolean;
  onChange: (expression: string) => void;
}

const pauseMs = 300;

/** An expression that decides which events wake the agent, tried while it is written: by itself, and on what came. */
export function FilterField({ id, value, siblings, invalid, onChange }: FilterFieldProps) {
  const process = useFormProcess();
  return (
    <div className="flex flex-col gap-1.5">
      <TextField
        id={id}
        aria-invalid={invalid}
        value={value}
        placeholder="payload['action'] == 'opened'"
        onChange={(event) => onChange(event.target.value)}
        className="font-mono text-[0.8125rem]"
      />
      {value.trim() !== '' && <Fault expression={value} siblings={siblings} />}
      {value.trim() !== '' && process && <OnPast expression={value} process={process} />}
    </div>
  );
}

function useTried(expression: string, on: JsonObject): Tried | null {
  const client = useClient();
  const [tried, setTried] = useState<Tried | null>(null);
  const asked = JSON.stringify({ expression, ...on });
  useEffect(() => {
    let left = false;
    const timer = setTimeout(() => {
      client
        .testFilter(JSON.parse(asked) as { expression: string })
        .then((result) => left || setTried(result))
        .catch((thrown: Error) => left || setTried({ matches: false, fault: thrown.message }));
    }, pauseMs);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [client, asked]);
  return tried;
}

function Fault({ expression, siblings }: { expression: string; siblings: JsonObject }) {
  const triggerType = String(siblings['type'] ?? 'webhook');
  const tried = useTried(expression, { triggerType, triggerId: String(siblings['id'] ?? triggerType) });
  return tried?.fault ? <p className="text-warn text-xs">{tried.fault}</p> : null;
}

/** Which of the last events it would let through. */
function OnPast({ expression, process }: { expression: string; process: string }) {
  const past = useRead(`events-of:${process}`, [`events:${process}`], (client) =>
    client.listTriggerEvents({ process, limit: 8 }),
  );
  const events = past.value?.items.slice(0, 5) ?? [];
  if (events.length === 0) return null;
  return (
    <ul aria-label="Tried on the last events" className="rounded-lg bg-sunken px-2.5 py-1.5 text-xs">
      {events.map(({ id, trigger, acceptedAt }) => (
        <li key={id} className="flex justify-between gap-2">
          <span className="truncate text-dim">
            {trigger}, <At at={acceptedAt} />
          </span>
          <Verdict expression={expression} eventId={id} />
        </li>
      ))}
    </ul>
  );
}

function Verdict({ expression, eventId }: { expression: string; eventId: string }) {
  const tried = useTried(expression, { eventId });
  if (!tried) return <span className="text-faint">…</span>;
  return tried.matches ? (
    <span className="font-medium text-ok">wakes it</span>
  ) : (
    <span className="text-dim">passes by</span>
  );
}
