import type { z } from 'zod';
import { snake } from './casing.ts';

type Issue = z.core.$ZodIssue;
type Steps = readonly PropertyKey[];

/** One problem of a value that a schema refused, in words that say what would be accepted. */
export interface Wording {
  steps: Steps;
  message: string;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'nothing',
  undefined: 'nothing',
};
const wordFor = (type: string): string => typeWords[type] ?? type;

/**
 * What is wrong, and what would be right. Of a value that may have several forms, about the form it is meant to have.
 * `named`: how a missing key is written where people write it.
 */
export function wordingsOf(issue: Issue, named: (key: string) => string = snake, before: Steps = []): Wording[] {
  const steps = [...before, ...issue.path];
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') return ofUnion(issue, steps, named);
  if (issue.code === 'invalid_type' && receivedIn(issue) === 'undefined')
    return [{ steps, message: `${named(String(steps.at(-1)))} is missing; it is a ${issue.expected}.` }];
  return [{ steps, message: messageOf(issue) }];
}

function ofUnion(
  { errors }: Extract<Issue, { code: 'invalid_union' }>,
  steps: Steps,
  named: (key: string) => string,
): Wording[] {
  // The form whose type fits is what was meant; what is wrong inside of it is what helps.
  const meant = errors.find((issues) => issues.length > 0 && !issues.some(isOfWholeValue));
  if (meant) return meant.flatMap((issue) => wordingsOf(issue, named, steps));
  const wholes = errors.flatMap((issues) => issues.filter(isOfWholeValue));
  const own = wholes.find((issue) => issue.code !== 'invalid_type');
  if (own) return [{ steps, message: messageOf(own) }];
  const expected = [...new Set(wholes.map((issue) => wordFor('expected' in issue ? String(issue.expected) : 'else')))];
  const received = wholes.map(receivedIn).find((type) => type !== undefined);
  if (expected.length === 0) return [{ steps, message: 'This has none of the forms that are accepted here.' }];
  return [{ steps, message: mustBe(expected, received) }];
}

const isOfWholeValue = ({ path, code }: Issue): boolean => path.length === 0 && code !== 'unrecognized_keys';

function messageOf(issue: Issue): string {
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return mustBe([wordFor(issue.expected)], receivedIn(issue));
  }
  if (issue.code === 'invalid_value' && /^Invalid (option|input)/.test(issue.message))
    return `Use ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}.`;
  const kinds = /^Invalid discriminator value\. Expected (.+)$/.exec(issue.message)?.[1];
  if (kinds) return `Use one of ${kinds.replaceAll(/'| \|/g, (found) => (found === "'" ? '' : ','))}.`;
  return issue.message;
}

function mustBe(expected: readonly string[], received: string | undefined): string {
  const wanted = expected.length > 1 ? `${expected.slice(0, -1).join(', ')} or ${expected.at(-1)}` : expected[0];
  return `This must be ${wanted}${received === undefined || received === 'undefined' ? '' : `, not ${wordFor(received)}`}.`;
}

function receivedIn({ message }: Issue): string | undefined {
  return /received (\w+)$/.exec(message)?.[1];
}
