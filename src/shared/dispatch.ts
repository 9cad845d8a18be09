import type { z } from 'zod';
import { isOperation, type OperationName, operations, type RuntimeApi } from './api.ts';
import { nearest } from './casing.ts';
import { RuntimeError } from './errors.ts';
import { pathText } from './manifest.ts';
import { wordingsOf } from './problem-words.ts';

/**
 * The one door in, for every transport: checks the name, checks the input, calls. `by` names who asks, for the journal.
 * @throws RuntimeError `ROUTE_NOT_FOUND`, `REQUEST_INVALID`, `UNKNOWN_FIELD`, or what the operation throws.
 */
export async function dispatch(api: RuntimeApi, name: string, input: unknown, by: string): Promise<unknown> {
  if (!isOperation(name)) {
    const meant = nearest(name, Object.keys(operations));
    const hint = meant ? ` Did you mean ${meant}?` : '';
    throw new RuntimeError('ROUTE_NOT_FOUND', `There is no operation called "${name}".${hint}`);
  }
  const parsed = operations[name].input.safeParse(input);
  if (!parsed.success) throw refusal(name, parsed.error);
  const run = api[name] as (input: unknown, by: string) => Promise<unknown>;
  return run.call(api, parsed.data, by);
}

function refusal(name: OperationName, error: z.ZodError): RuntimeError {
  const issues = error.issues.flatMap((issue) =>
    wordingsOf(issue, (key) => key).map(({ steps, message }) => ({
      path: pathText(steps.map((step) => (typeof step === 'number' ? step : String(step)))),
      message,
    })),
  );
  const unknown = error.issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown) {
    const field = unknown.keys[0] ?? '';
    const known = unknown.path.length === 0 ? fieldsOf(name) : [];
    const meant = nearest(field, known);
    const message = `${name} has no field "${field}".`;
    const help = meant
      ? ` Did you mean ${meant}?`
      : known.length > 0
        ? ` It takes ${known.join(', ')}.`
        : ' It takes none.';
    throw new RuntimeError('UNKNOWN_FIELD', message + help, { field, nearest: meant ?? null, issues });
  }
  const first = issues[0];
  const where = first?.path ? `${first.path}: ` : '';
  return new RuntimeError(
    'REQUEST_INVALID',
    `${name} cannot use this input: ${where}${(first?.message ?? '').replace(/\.$/, '')}.`,
    {
      issues,
    },
  );
}

function fieldsOf(name: OperationName): string[] {
  return Object.keys((operations[name].input as z.ZodObject).shape);
}
