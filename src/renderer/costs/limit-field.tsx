import { useId } from 'react';
import { TextField } from '../ui/fields.tsx';

/** A limit that a person may set. */
export interface Limit {
  /** Its name in a manifest. */
  key: string;
  text: string;
  unit: string;
  /** Of the slider. */
  step: number;
  most: number;
}

interface LimitFieldProps {
  limit: Limit;
  /** What is in force; the slider reaches at least as far. */
  set: number;
  /** As it is typed; empty: no limit. */
  value: string;
  onChange: (value: string) => void;
}

/** One limit by slider and by number: the slider for what is usual, the number for anything. */
export function LimitField({ limit: { text, unit, step, most }, set, value, onChange }: LimitFieldProps) {
  const id = useId();
  return (
    <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.8125rem]">
      <label htmlFor={id} className="w-24 font-medium">
        {text}
      </label>
      <input
        type="range"
        aria-label={`${text}, by slider`}
        aria-valuetext={value === '' ? 'no limit' : `${value} ${unit}`}
        min={0}
        step={step}
        max={Math.max(most, set)}
        value={Number(value) || 0}
        onChange={(event) => onChange(Number(event.target.value) > 0 ? event.target.value : '')}
        className="min-w-32 flex-1 accent-(--accent)"
      />
      <TextField
        id={id}
        type="number"
        min={0}
        step="any"
        placeholder="no limit"
        value={value}
        aria-invalid={isWrongLimit(value)}
        onChange={(event) => onChange(event.target.value)}
        className="h-8 w-28"
      />
      <span className="w-20 whitespace-nowrap text-dim">{unit}</span>
    </div>
  );
}

/** Empty is no limit; everything else has to be more than nothing. */
export function isWrongLimit(typed: string): boolean {
  return typed.trim() !== '' && !(Number(typed) > 0);
}
