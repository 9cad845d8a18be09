import { type ComponentType, createContext, useContext } from 'react';
import { RuntimeError } from '../../shared/errors.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { brief } from '../ui/format.ts';
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

/** What a control is given, whatever its kind. */
export interface ControlProps {
  id: string;
  field: FormField;
  value: Json | undefined;
  /** The other settings beside it: a schedule needs its time zone. */
  siblings: JsonObject;
  at: string;
  problems: readonly FormProblem[];
  invalid: boolean;
  onChange: (path: FormPath, value: Json | undefined) => void;
}

/** A form holds controls, and some controls hold forms: they reach each other through here. */
export interface FormParts {
  Form: ComponentType<FormProps>;
  Control: ComponentType<ControlProps>;
}
export const FormPartsContext = createContext<FormParts | null>(null);

export function useFormParts(): FormParts {
  const parts = useContext(FormPartsContext);
  if (!parts) throw new RuntimeError('INTERNAL', 'A control was drawn outside of a form.');
  return parts;
}

export function defaultWords(byDefault: Json | undefined): string {
  if (byDefault === undefined || byDefault === '') return 'nothing';
  if (typeof byDefault === 'boolean') return byDefault ? 'on' : 'off';
  return brief(byDefault, 40);
}

/** The agent that a form is about, where it lives: past events can be tried then. */
export const FormProcessContext = createContext<string | null>(null);
export const useFormProcess = (): string | null => useContext(FormProcessContext);
