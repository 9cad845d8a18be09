import { Sparkles } from 'lucide-react';
import { useId, useMemo, useState } from 'react';
import { cronFields } from '../schedule/cron-fields.ts';
import { nextClockChange, nextTimes } from '../schedule/cron-times.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { fullTime, inZone } from '../ui/format.ts';
import { isZone } from '../ui/region.ts';
import { cronFromSentence } from './cron-sentence.ts';
import { cronWords } from './cron-words.ts';

interface CronFieldProps {
  id: string;
  value: string;
  zone: string;
  invalid: boolean;
  onChange: (expression: string) => void;
}

/** A schedule: said in words or written as cron, with what it means and its next five times. */
export function CronField({ id, value, zone, invalid, onChange }: CronFieldProps) {
  return (
    <div className="flex flex-col gap-2">
      <Sentence onCron={onChange} />
      <TextField
        id={id}
        value={value}
        aria-invalid={invalid}
        placeholder="*/5 * * * *"
        onChange={(event) => onChange(event.target.value)}
        className="font-mono"
      />
      <Meaning expression={value} zone={zone} />
    </div>
  );
}

function Sentence({ onCron }: { onCron: (expression: string) => void }) {
  const field = useId();
  const [sentence, setSentence] = useState('');
  const read = sentence.trim() === '' ? null : cronFromSentence(sentence);
  const use = () => {
    if (!read?.ok) return;
    onCron(read.cron);
    setSentence('');
  };
  return (
    <div className="rounded-lg bg-sunken p-2">
      <label htmlFor={field} className="mb-1 flex items-center gap-1.5 font-medium text-dim text-xs">
        <Sparkles aria-hidden className="size-3.5" /> Say when
      </label>
      <div className="flex gap-2">
        <TextField
          id={field}
          value={sentence}
          placeholder="weekdays at 9, every 10 minutes, on the 1st at noon"
          onChange={(event) => setSentence(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            use();
          }}
        />
        <Button className="h-8.5" disabled={!read?.ok} onClick={use}>
          Use
        </Button>
      </div>
      {read && (
        <p role="status" className={`mt-1.5 text-xs ${read.ok ? 'text-dim' : 'text-warn'}`}>
          {read.ok ? (
            <>
              <code className="rounded bg-surface px-1 font-medium text-ink">{read.cron}</code> {cronWords(read.cron)}
            </>
          ) : (
            read.message
          )}
        </p>
      )}
    </div>
  );
}

function Meaning({ expression, zone }: { expression: string; zone: string }) {
  const words = cronWords(expression);
  const coming = useMemo(() => {
    const fields = cronFields(expression);
    return fields && isZone(zone) ? nextTimes(fields, zone, Date.now(), 5) : [];
  }, [expression, zone]);
  const change = useMemo(() => (isZone(zone) ? nextClockChange(zone, Date.now()) : null), [zone]);
  const last = coming.at(-1);
  if (!words && coming.length === 0) return null;
  return (
    <div className="text-xs">
      {words && <p className="font-medium">{words}</p>}
      {coming.length > 0 && (
        <ol aria-label="Next five times" className="mt-1 flex flex-col gap-0.5 text-dim tabular-nums">
          {coming.map((at) => (
            <li key={at} title={fullTime(at)}>
              {inZone(at, zone)}
            </li>
          ))}
        </ol>
      )}
      <p className="mt-1 text-faint">
        Times in {zone}.
        {change !== null && last !== undefined && change < last && (
          <span className="text-warn"> Clocks there change on {inZone(change, zone)}.</span>
        )}
        {change !== null &&
          (last === undefined || change >= last) &&
          ` Clocks there change next on ${inZone(change, zone)}.`}
      </p>
    </div>
  );
}
