import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { isJsonObject, type Json } from '../../shared/json.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Choice, TextArea, TextField } from '../ui/fields.tsx';
import { Segmented } from '../ui/segmented.tsx';
import type { FormField } from './form-field.ts';
import { type ControlProps, useFormParts } from './form-parts.ts';

/** Several texts, one per line. */
export function TextsField({ id, field, value, invalid, onChange }: ControlProps) {
  const written = Array.isArray(value) ? value.map(String).join('\n') : '';
  const [typed, setTyped] = useState(written);
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  const shown = lines(typed).join('\n') === written ? typed : written;
  const byDefault =
    Array.isArray(field.byDefault) && field.byDefault.length > 0 ? field.byDefault.join('\n') : undefined;
  const [example] = field.examples;
  return (
    <TextArea
      id={id}
      aria-invalid={invalid}
      value={shown}
      rows={Math.min(6, Math.max(2, shown.split('\n').length))}
      placeholder={byDefault ?? (Array.isArray(example) ? `e.g. ${example.join(', ')}` : 'one per line')}
      onChange={(event) => {
        setTyped(event.target.value);
        const next = lines(event.target.value);
        onChange([field.key], next.length > 0 ? next : undefined);
      }}
      className="min-h-0 font-mono text-[0.8125rem]"
    />
  );
}

const units = ['ms', 's', 'm', 'h', 'd'];
const unitNames: Record<string, string> = { ms: 'milliseconds', s: 'seconds', m: 'minutes', h: 'hours', d: 'days' };

/** An amount and a unit; the manifest has it as "5m", or as a number of seconds. */
export function DurationField({ id, field, value, invalid, onChange }: ControlProps) {
  const { amount, unit } = durationParts(value);
  const byDefault = durationParts(field.byDefault);
  const [chosenUnit, setUnit] = useState(unit || byDefault.unit || 's');
  const shownUnit = unit || chosenUnit;
  const write = (nextAmount: string, nextUnit: string) =>
    onChange([field.key], nextAmount === '' ? undefined : `${Number(nextAmount)}${nextUnit}`);
  return (
    <div className="flex gap-2">
      <TextField
        id={id}
        type="number"
        inputMode="decimal"
        min={0}
        step="any"
        aria-invalid={invalid}
        value={amount}
        placeholder={byDefault.amount}
        onChange={(event) => write(event.target.value, shownUnit)}
        className="w-28"
      />
      <Choice
        aria-label={`${field.title}: unit`}
        value={shownUnit}
        onChange={(event) => {
          setUnit(event.target.value);
          if (amount !== '') write(amount, event.target.value);
        }}
        className="w-auto"
      >
        {units.map((option) => (
          <option key={option} value={option}>
            {unitNames[option]}
          </option>
        ))}
      </Choice>
    </div>
  );
}

export function durationParts(value: Json | undefined): { amount: string; unit: string } {
  if (typeof value === 'number') return { amount: String(value), unit: 's' };
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value) : null;
  return { amount: match?.[1] ?? '', unit: match?.[2] ?? '' };
}

/** A single text in the simple case; all its settings when there is more to say. */
export function TextOrGroup(props: ControlProps & { fields: readonly FormField[] }) {
  const { Form } = useFormParts();
  const { id, field, value, at, problems, invalid, onChange, fields } = props;
  const [first] = fields;
  const detailed = isJsonObject(value);
  const simple = typeof value === 'string' ? value : detailed && first ? String(value[first.key] ?? '') : '';
  const change = (as: 'simple' | 'detailed') => {
    if (as === 'simple') onChange([field.key], simple || undefined);
    else if (first) onChange([field.key], simple ? { [first.key]: simple } : {});
  };
  return (
    <div className="flex flex-col items-start gap-2 *:not-first:self-stretch">
      <Segmented
        label={`${field.title}: how much to set`}
        value={detailed ? 'detailed' : 'simple'}
        options={[
          { value: 'simple', text: 'Simple' },
          { value: 'detailed', text: 'Detailed' },
        ]}
        onChange={change}
      />
      {detailed ? (
        <div className="border-l-2 pl-3">
          <Form
            fields={fields}
            value={value}
            at={at}
            problems={problems}
            onChange={(path, next) => onChange([field.key, ...path], next)}
          />
        </div>
      ) : (
        <TextField
          id={id}
          aria-invalid={invalid}
          value={simple}
          placeholder={
            typeof field.byDefault === 'string'
              ? field.byDefault
              : typeof field.examples[0] === 'string'
                ? `e.g. ${field.examples[0]}`
                : ''
          }
          onChange={(event) => onChange([field.key], event.target.value || undefined)}
        />
      )}
    </div>
  );
}

/** Named settings of one kind, with names a person makes up. */
export function MapField({ field, value, siblings, at, problems, onChange, of }: ControlProps & { of: FormField }) {
  const { Control } = useFormParts();
  const [name, setName] = useState('');
  const entries = Object.entries(isJsonObject(value) ? value : {});
  const add = () => {
    if (name.trim() === '' || entries.some(([key]) => key === name.trim())) return;
    onChange([field.key, name.trim()], of.kind.type === 'json' ? null : '');
    setName('');
  };
  return (
    <div className="flex flex-col gap-2 border-l-2 pl-3">
      {entries.map(([key, inner]) => (
        <div key={key}>
          <div className="flex items-center gap-2">
            <span className="min-w-0 flex-1 truncate font-mono text-xs">{key}</span>
            <IconButton
              icon={X}
              label={`Remove ${key}`}
              className="size-6"
              onClick={() => onChange([field.key, key], undefined)}
            />
          </div>
          <Control
            id={`${at}.${key}`}
            field={{ ...of, key, title: key }}
            value={inner}
            siblings={siblings}
            at={`${at}.${key}`}
            problems={problems}
            invalid={problems.some(({ path }) => path === `${at}.${key}`)}
            onChange={(path, next) => onChange([field.key, ...path], next)}
          />
        </div>
      ))}
      <div className="flex gap-2">
        <TextField
          aria-label={`${field.title}: new name`}
          placeholder="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && add()}
        />
        <Button icon={Plus} className="h-8.5" disabled={name.trim() === ''} onClick={add}>
          Add
        </Button>
      </div>
    </div>
  );
}

/** Settings of one kind in an order. */
export function ListField({ field, value, siblings, at, problems, onChange, of }: ControlProps & { of: FormField }) {
  const { Control } = useFormParts();
  const elements = Array.isArray(value) ? value : [];
  return (
    <div className="flex flex-col gap-2 border-l-2 pl-3">
      {elements.map((element, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place in the list is what it is known by
        <div key={index} className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <Control
              id={`${at}[${index}]`}
              field={{ ...of, key: String(index), title: `${field.title} ${index + 1}` }}
              value={element}
              siblings={siblings}
              at={`${at}[${index}]`}
              problems={problems}
              invalid={false}
              onChange={([, ...path], next) => onChange([field.key, index, ...path], next)}
            />
          </div>
          <IconButton icon={X} label={`Remove ${index + 1}`} onClick={() => onChange([field.key, index], undefined)} />
        </div>
      ))}
      <Button icon={Plus} className="self-start" onClick={() => onChange([field.key, elements.length], '')}>
        Add
      </Button>
    </div>
  );
}

/** Whatever has no form of its own: JSON, taken over as soon as it can be read. */
export function JsonField({ id, field, value, onChange }: ControlProps) {
  const written = value === undefined ? '' : JSON.stringify(value);
  const [typed, setTyped] = useState(written);
  const read = parsed(typed);
  const shown = read.ok && JSON.stringify(read.value) !== written && written !== '' ? written : typed;
  return (
    <TextField
      id={id}
      aria-invalid={!read.ok}
      value={shown}
      placeholder="JSON: 3, true, &quot;text&quot;, [1, 2]"
      onChange={(event) => {
        setTyped(event.target.value);
        const next = parsed(event.target.value);
        if (next.ok) onChange([field.key], next.value);
      }}
      className="font-mono text-[0.8125rem]"
    />
  );
}

function parsed(text: string): { ok: true; value: Json | undefined } | { ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch {
    return { ok: false };
  }
}
