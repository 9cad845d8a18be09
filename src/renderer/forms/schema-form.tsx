import { RotateCcw } from 'lucide-react';
import { useId } from 'react';
import { IconButton } from '../ui/button.tsx';
import { FieldControl } from './field-control.tsx';
import type { FormField } from './form-field.ts';
import { defaultWords, FormPartsContext, type FormProps } from './form-parts.ts';

/** A form over a part of a manifest, made from its schema. */
export function SchemaForm(props: FormProps) {
  return (
    <FormPartsContext value={parts}>
      <Fields {...props} />
    </FormPartsContext>
  );
}

function Fields(props: FormProps) {
  return (
    <div className="flex flex-col gap-4">
      {props.fields.map((field) => (
        <FieldRow key={field.key} {...props} field={field} />
      ))}
    </div>
  );
}

const parts = { Form: Fields, Control: FieldControl };

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
