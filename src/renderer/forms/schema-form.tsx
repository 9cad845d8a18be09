import { RotateCcw } from 'lucide-react';
import { useId } from 'react';
import type { Json, JsonObject } from '../../shared/json.ts';
import { IconButton } from '../ui/button.tsx';
import { brief } from '../ui/format.ts';
import { FieldControl } from './field-control.tsx';
import type { FormField } from './form-field.ts';

export type FormPath = readonly (string | number)[];

export interface FormProblem {
  /** As the node names it: `triggers[0].cron_expression`. */
  path: string;
  message: string;
}

export interface FormProps {
  fields: readonly FormField[];
  /** The section of the manifest these fields stand in. */
  value: JsonObject;
  /** Where the section stands, for the node's words about it. */
  at: string;
  problems: readonly FormProblem[];
  /** Undefined takes the setting out, so that its default holds. */
  onChange: (path: FormPath, value: Json | undefined) => void;
}

/** A form over a part of a manifest, made from its schema. */
export function SchemaForm(props: FormProps) {
  return (
    <div className="flex flex-col gap-4">
      {props.fields.map((field) => (
        <FieldRow key={field.key} {...props} field={field} />
      ))}
    </div>
  );
}

function FieldRow({ field, value, at, problems, onChange }: FormProps & { field: FormField }) {
  const id = useId();
  const { key, title, description, unit, byDefault, required, kind } = field;
  const present = value[key];
  const path = at ? `${at}.${key}` : key;
  const own = problems.filter(
    (problem) =>
      problem.path === path ||
      (kind.type !== 'group' && problem.path.startsWith(path) && /[.[]/.test(problem.path.charAt(path.length))),
  );
  const isGroup = kind.type === 'group' || kind.type === 'map' || kind.type === 'list';
  const isSwitch = kind.type === 'switch';
  const label = (
    <span className="flex min-w-0 items-baseline gap-1.5">
      <span className="font-medium text-[0.8125rem]">{title}</span>
      {unit && <span className="text-faint text-xs">{unit}</span>}
      {required && <span className="text-faint text-xs">needed</span>}
    </span>
  );
  const head = (
    <div className="flex min-h-7 items-center gap-2">
      {isGroup ? (
        <div className="flex-1">{label}</div>
      ) : (
        <label htmlFor={id} className="flex-1">
          {label}
        </label>
      )}
      {present !== undefined && !required && (
        <IconButton
          icon={RotateCcw}
          label={`${title}: back to ${defaultWords(byDefault)}`}
          className="size-6 opacity-0 focus-visible:opacity-100 group-hover/field:opacity-100"
          onClick={() => onChange([key], undefined)}
        />
      )}
      {isSwitch && (
        <FieldControl
          id={id}
          field={field}
          value={present}
          siblings={value}
          at={path}
          problems={problems}
          invalid={own.length > 0}
          onChange={onChange}
        />
      )}
    </div>
  );
  return (
    <div className="group/field">
      {head}
      {!isSwitch && (
        <FieldControl
          id={id}
          field={field}
          value={present}
          siblings={value}
          at={path}
          problems={problems}
          invalid={own.length > 0}
          onChange={onChange}
        />
      )}
      {own.map(({ message }) => (
        <p key={message} role="alert" className="mt-1 text-bad text-xs">
          {message}
        </p>
      ))}
      {description && <p className="mt-1 text-dim text-xs">{description}</p>}
    </div>
  );
}

export function defaultWords(byDefault: Json | undefined): string {
  if (byDefault === undefined || byDefault === '') return 'nothing';
  if (typeof byDefault === 'boolean') return byDefault ? 'on' : 'off';
  return brief(byDefault, 40);
}
