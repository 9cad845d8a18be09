import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type OperationName, operations } from '../../shared/api.ts';
import type { Json } from '../../shared/json.ts';
import { type Terminal, UsageError } from './terminal.ts';

export interface Flag {
  /** The field of the input it sets. */
  field: string;
  kind: 'text' | 'number' | 'time' | 'boolean' | 'json';
  /** What may be given, where that is a short list. */
  choices: readonly string[];
  help: string;
}

interface FieldSchema {
  /** Several where an address gives it as text. */
  type?: string | string[];
  enum?: string[];
  description?: string;
  default?: unknown;
  unit?: string;
}

/** The inputs of an operation as flags: `idempotencyKey` → `--idempotency-key`. Positional ones are left out. */
export function flagsOf(operation: OperationName, positional: readonly string[]): Record<string, Flag> {
  const { properties = {} } = z.toJSONSchema(operations[operation].input, { io: 'input', unrepresentable: 'any' });
  const fields = Object.entries(properties).filter(([field]) => !positional.includes(field));
  return Object.fromEntries(fields.map(([field, schema]) => [kebab(field), flagOf(field, schema as FieldSchema)]));
}

function flagOf(field: string, schema: FieldSchema): Flag {
  const preset =
    schema.default === undefined || typeof schema.default === 'object' ? '' : ` (default ${schema.default})`;
  const help = `${schema.description ?? ''}${preset}`.trim();
  const choices = schema.enum ?? [];
  if ([schema.type].flat().includes('boolean')) return { field, kind: 'boolean', choices, help };
  if (schema.unit === 'epoch ms') return { field, kind: 'time', choices, help };
  if (schema.type === 'integer' || schema.type === 'number') return { field, kind: 'number', choices, help };
  return { field, kind: schema.type === 'string' ? 'text' : 'json', choices, help };
}

const kebab = (field: string): string => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** @throws UsageError when the text is no value of that kind. */
export async function readFlag(name: string, flag: Flag, text: string, terminal: Terminal): Promise<Json> {
  if (flag.kind === 'number') {
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value)) throw new UsageError(`${name} takes a number, not "${text}".`);
    return value;
  }
  if (flag.kind === 'time') return readTime(text, terminal);
  if (flag.choices.length > 0 && !flag.choices.includes(text)) {
    throw new UsageError(`${name} takes one of ${flag.choices.join(', ')}; not "${text}".`);
  }
  return flag.kind === 'json' ? readValue(text, terminal) : text;
}

/** A value from the command line: JSON where it reads as JSON, else text; `@file` and `-` (standard input) say where it stands. */
export async function readValue(text: string, terminal: Terminal): Promise<Json> {
  const source =
    text === '-' ? await terminal.readInput() : text.startsWith('@') ? readText(text.slice(1), terminal) : text;
  try {
    return JSON.parse(source) as Json;
  } catch {
    return source;
  }
}

/** A point of time, in epoch milliseconds, as people or programs write it. @throws UsageError where it is none. */
export function readTime(written: Json, terminal: Terminal): number {
  const text = String(written);
  const at = text === 'now' ? terminal.now() : /^\d{10,}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new UsageError(`"${text}" is no time; write it as 2026-01-31T09:00, or now.`);
}

/** @throws UsageError when there is no such file. */
export function readText(file: string, terminal: Terminal): string {
  try {
    return readFileSync(resolve(terminal.cwd, file), 'utf8');
  } catch (thrown) {
    throw new UsageError(`${file} cannot be read: ${(thrown as NodeJS.ErrnoException).code ?? String(thrown)}.`);
  }
}
