import { isJsonObject } from '../../shared/json.ts';
import { Checkbox, Choice, Switch, TextArea, TextField } from '../ui/fields.tsx';
import { LazyCode } from '../ui/lazy-code.tsx';
import { DurationField, JsonField, ListField, MapField, TextOrGroup, TextsField } from './compound-fields.tsx';
import { CronField } from './cron-field.tsx';
import { FilterField } from './filter-field.tsx';
import type { FormField } from './form-field.ts';
import { type ControlProps, defaultWords, useFormParts } from './form-parts.ts';

/** The control for a kind of setting. */
export function FieldControl(props: ControlProps) {
  const { Form } = useFormParts();
  const { field, value, at, problems, onChange } = props;
  const { key, kind } = field;
  switch (kind.type) {
    case 'text':
      return <TextControl {...props} long={kind.long} />;
    case 'number':
      return <NumberControl {...props} />;
    case 'switch':
      return (
        <Switch
          id={props.id}
          checked={value === undefined ? field.byDefault === true : value === true}
          onChange={(on) => onChange([key], on === (field.byDefault === true) ? undefined : on)}
        />
      );
    case 'choice':
      return <ChoiceControl {...props} options={kind.options} />;
    case 'choices':
      return <ChoicesControl {...props} options={kind.options} />;
    case 'texts':
      return <TextsField {...props} />;
    case 'duration':
      return <DurationField {...props} />;
    case 'group':
      return (
        <div className="mt-1 border-l-2 pl-3">
          <Form
            fields={kind.fields}
            value={isJsonObject(value) ? value : {}}
            at={at}
            problems={problems}
            onChange={(path, next) => onChange([key, ...path], next)}
          />
        </div>
      );
    case 'text-or-group':
      return <TextOrGroup {...props} fields={kind.fields} />;
    case 'map':
      return <MapField {...props} of={kind.of} />;
    case 'list':
      return <ListField {...props} of={kind.of} />;
    case 'json':
      return <JsonField {...props} />;
  }
}

function TextControl({ id, field, value, siblings, invalid, onChange, long }: ControlProps & { long: boolean }) {
  const { key, widget } = field;
  const text = typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : '';
  const write = (next: string) => onChange([key], next === '' && !field.required ? undefined : next);
  const placeholder =
    typeof field.byDefault === 'string' && field.byDefault !== '' ? field.byDefault : exampleOf(field);
  if (widget === 'cron')
    return (
      <CronField
        id={id}
        value={text}
        zone={String(siblings['cron_timezone'] ?? 'UTC')}
        invalid={invalid}
        onChange={write}
      />
    );
  if (key === 'filter_expression') {
    return <FilterField id={id} value={text} siblings={siblings} invalid={invalid} onChange={write} />;
  }
  if (widget === 'javascript' || widget === 'markdown') {
    return (
      <LazyCode
        language={widget}
        label={field.title}
        value={text}
        onChange={write}
        className={widget === 'javascript' ? 'h-80' : 'h-44'}
      />
    );
  }
  if (long)
    return (
      <TextArea
        id={id}
        aria-invalid={invalid}
        value={text}
        placeholder={placeholder}
        onChange={(event) => write(event.target.value)}
      />
    );
  const zones = key === 'cron_timezone' ? Intl.supportedValuesOf('timeZone') : [];
  return (
    <>
      <TextField
        id={id}
        aria-invalid={invalid}
        value={text}
        placeholder={placeholder}
        list={zones.length > 0 ? `${id}-zones` : undefined}
        onChange={(event) => write(event.target.value)}
        className={widget === 'folder' || widget === 'secret' ? 'font-mono text-[0.8125rem]' : ''}
      />
      {zones.length > 0 && (
        <datalist id={`${id}-zones`}>
          {zones.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      )}
    </>
  );
}

function exampleOf({ examples }: FormField): string | undefined {
  const [first] = examples;
  return typeof first === 'string' ? `e.g. ${first}` : undefined;
}

function NumberControl({ id, field, value, invalid, onChange }: ControlProps) {
  const { key, kind, byDefault } = field;
  if (kind.type !== 'number') return null;
  return (
    <TextField
      id={id}
      type="number"
      inputMode={kind.whole ? 'numeric' : 'decimal'}
      min={kind.least}
      max={kind.most}
      step={kind.whole ? 1 : 'any'}
      aria-invalid={invalid}
      value={typeof value === 'number' ? value : ''}
      placeholder={byDefault === undefined ? '' : String(byDefault)}
      onChange={(event) => onChange([key], event.target.value === '' ? undefined : Number(event.target.value))}
      className="w-40"
    />
  );
}

function ChoiceControl({ id, field, value, options, onChange }: ControlProps & { options: string[] }) {
  const { key, byDefault } = field;
  return (
    <Choice
      id={id}
      value={typeof value === 'string' ? value : ''}
      onChange={(event) => onChange([key], event.target.value || undefined)}
      className="w-auto min-w-40"
    >
      <option value="">{byDefault === undefined ? 'not set' : `${choiceWords(String(byDefault))} (default)`}</option>
      {options
        .filter((option) => option !== byDefault || value === byDefault)
        .map((option) => (
          <option key={option} value={option}>
            {choiceWords(option)}
          </option>
        ))}
    </Choice>
  );
}

function ChoicesControl({ field, value, options, onChange }: ControlProps & { options: string[] }) {
  const byDefault = Array.isArray(field.byDefault) ? field.byDefault : [];
  const chosen = Array.isArray(value) ? value : byDefault;
  const toggle = (option: string, on: boolean) =>
    onChange(
      [field.key],
      options.filter((other) => (other === option ? on : chosen.includes(other))),
    );
  return (
    <fieldset aria-label={field.title} className="flex flex-wrap gap-x-4 gap-y-1.5 pt-1">
      {options.map((option) => (
        <span key={option} className="inline-flex items-center gap-1.5 text-[0.8125rem]">
          <Checkbox
            checked={chosen.includes(option)}
            label={choiceWords(option)}
            onChange={(on) => toggle(option, on)}
          />
          {choiceWords(option)}
        </span>
      ))}
      <span className="sr-only">Default: {defaultWords(field.byDefault)}</span>
    </fieldset>
  );
}

export function choiceWords(option: string): string {
  return option.replaceAll('_', ' ');
}
