import { Sparkles } from 'lucide-react';
import { useId, useState } from 'react';
import type { JsonObject } from '../../shared/json.ts';
import { triggerNames } from '../agents/trigger-icon.tsx';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { triggerFromSentence } from './trigger-sentence.ts';
import { triggerWords } from './trigger-words.ts';

/** A trigger said in words. What it was understood as is shown before it is used. */
export function SayTrigger({ use, onTrigger }: { use: string; onTrigger: (trigger: JsonObject) => void }) {
  const field = useId();
  const [sentence, setSentence] = useState('');
  const read = sentence.trim() === '' ? null : triggerFromSentence(sentence);
  const take = () => {
    if (!read?.ok) return;
    onTrigger(read.trigger);
    setSentence('');
  };
  return (
    <div className="rounded-lg bg-sunken p-2">
      <label htmlFor={field} className="mb-1 flex items-center gap-1.5 font-medium text-dim text-xs">
        <Sparkles aria-hidden className="size-3.5" /> Say what wakes it
      </label>
      <div className="flex gap-2">
        <TextField
          id={field}
          value={sentence}
          placeholder="weekdays at 9, when a CSV lands in ./inbox, on POST /orders"
          onChange={(event) => setSentence(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            take();
          }}
        />
        <Button className="h-8.5" disabled={!read?.ok} onClick={take}>
          {use}
        </Button>
      </div>
      {read && (
        <p role="status" className={`mt-1.5 text-xs ${read.ok ? 'text-dim' : 'text-warn'}`}>
          {read.ok ? (
            <>
              <span className="font-medium text-ink">{triggerNames[String(read.trigger['type'])]}</span>:{' '}
              {triggerWords(read.trigger)}
            </>
          ) : (
            read.message
          )}
        </p>
      )}
    </div>
  );
}
