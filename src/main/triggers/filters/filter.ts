import { asError, RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { type Comparison, type FilterFunction, type FilterNode, parseFilter } from './filter-syntax.ts';

/*
 * The filter language: conditions on an event, in the manner of Python.
 *
 *   payload['action'] == 'opened' and not draft        a bare name is a key of the payload
 *   10 <= payload.size < 100 and name.endswith('.csv')
 *   'urgent' in labels or len(title) > 80
 *
 * F1. Nothing is run: text becomes a tree of the few kinds in `filter-syntax.ts`, and this file walks it.
 * F2. Only own members of plain data are read: no prototype, no function of the platform is within reach.
 * F3. Time is bounded: 2,000 characters, 200 parts, and a budget of work for each evaluation.
 * F4. What is not there is None. What cannot be evaluated does not match.
 */

/** What a filter can see of an event. */
export interface FilterEvent {
  payload: Json;
  metadata: JsonObject;
  triggerType: string;
  triggerId: string;
  eventId: string;
}

/** How a filter answers an event, for trying it out. */
export interface FilterTrial {
  matches: boolean;
  /** Why it could not be evaluated, or null. */
  fault: string | null;
}

/** @throws RuntimeError `FILTER_INVALID`; `details.position` counts characters from 1. */
export function compileFilter(text: string): (event: FilterEvent) => boolean {
  const root = parseFilter(text);
  return (event) => trial(root, event).matches;
}

/** What an expression says of an event, instead of whether it is true; null where it cannot be evaluated. @throws RuntimeError `FILTER_INVALID` */
export function compileExpression(text: string): (event: FilterEvent) => Json {
  const root = parseFilter(text);
  return (event) => {
    try {
      return new Evaluation(event).value(root);
    } catch {
      return null;
    }
  };
}

/** @throws RuntimeError `FILTER_INVALID` */
export function tryFilter(text: string, event: FilterEvent): FilterTrial {
  return trial(parseFilter(text), event);
}

function trial(root: FilterNode, event: FilterEvent): FilterTrial {
  try {
    return { matches: truthy(new Evaluation(event).value(root)), fault: null };
  } catch (thrown) {
    return { matches: false, fault: asError(thrown).message };
  }
}

/** What one evaluation may cost, in characters looked at: some 50 ms. */
const maxWork = 20_000_000;
/** Comparing a member costs more than looking at a character, and so does searching for a long part. */
const memberWork = 16;
const searchWork = 4;
/** Longer text is not turned into a number. */
const maxNumberText = 64;
const maxDepth = 100;

/** One evaluation, with its budget. */
class Evaluation {
  readonly #event: FilterEvent;
  #work = 0;

  constructor(event: FilterEvent) {
    this.#event = event;
  }

  value(node: FilterNode): Json {
    switch (node.kind) {
      case 'literal':
        return node.value;
      case 'list':
        return node.items.map((item) => this.value(item));
      case 'name':
        return this.#named(node.name);
      case 'at':
        return member(this.value(node.of), this.value(node.key));
      case 'call':
        return this.#call(
          node.function,
          node.args.map((arg) => this.value(arg)),
        );
      case 'not':
        return !truthy(this.value(node.of));
      case 'negative':
        return -number(this.value(node.of));
      case 'and': {
        const left = this.value(node.left);
        return truthy(left) ? this.value(node.right) : left;
      }
      case 'or': {
        const left = this.value(node.left);
        return truthy(left) ? left : this.value(node.right);
      }
      case 'compare':
        return this.#chain(node.first, node.rest);
    }
  }

  #named(name: string): Json {
    const { payload, metadata, triggerType, triggerId, eventId } = this.#event;
    switch (name) {
      case 'payload':
        return payload;
      case 'metadata':
        return metadata;
      case 'trigger_type':
        return triggerType;
      case 'trigger_id':
        return triggerId;
      case 'event_id':
        return eventId;
      default:
        return member(payload, name);
    }
  }

  /** `a < b < c` is `a < b and b < c`, with b looked at once. */
  #chain(first: FilterNode, rest: readonly { operator: Comparison; right: FilterNode }[]): boolean {
    let left = this.value(first);
    for (const { operator, right: node } of rest) {
      const right = this.value(node);
      if (!this.#compare(operator, left, right)) return false;
      left = right;
    }
    return true;
  }

  #compare(operator: Comparison, left: Json, right: Json): boolean {
    switch (operator) {
      case '==':
      case 'is':
        return this.#equal(left, right);
      case '!=':
      case 'is not':
        return !this.#equal(left, right);
      case 'in':
        return this.#contains(right, left);
      case 'not in':
        return !this.#contains(right, left);
      default:
        return this.#ordered(operator, left, right);
    }
  }

  #ordered(operator: '<' | '<=' | '>' | '>=', left: Json, right: Json): boolean {
    const comparable = (typeof left === 'number' || typeof left === 'string') && typeof left === typeof right;
    if (!comparable) throw fault(`${kindOf(left)} and ${kindOf(right)} have no order`);
    this.#charge(typeof left === 'string' ? left.length : 1);
    const [a, b] = [left, right as typeof left];
    if (operator === '<') return a < b;
    if (operator === '<=') return a <= b;
    return operator === '>' ? a > b : a >= b;
  }

  #equal(left: Json, right: Json, depth = 0): boolean {
    this.#charge(memberWork);
    if (depth > maxDepth) throw fault('it is nested too deep to compare');
    if (typeof left === 'string' && typeof right === 'string') {
      if (left.length !== right.length) return false;
      this.#charge(left.length);
      return left === right;
    }
    if (Array.isArray(left) && Array.isArray(right)) {
      return (
        left.length === right.length && left.every((one, index) => this.#equal(one, right[index] as Json, depth + 1))
      );
    }
    if (!isJsonObject(left) || !isJsonObject(right)) return left === right;
    const keys = Object.keys(left);
    this.#charge(keys.length * memberWork);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && this.#equal(left[key] as Json, right[key] as Json, depth + 1))
    );
  }

  #contains(whole: Json, part: Json): boolean {
    if (typeof whole === 'string') return this.#includes(whole, string(part));
    if (Array.isArray(whole)) return whole.some((one) => this.#equal(one, part));
    if (isJsonObject(whole)) return Object.hasOwn(whole, string(part));
    throw fault(`${kindOf(whole)} contains nothing`);
  }

  /** Both texts may come from a stranger, and what the platform offers can take the product of their lengths. */
  #includes(whole: string, part: string): boolean {
    this.#charge(whole.length);
    if (part.length <= 16 || whole.length * part.length <= 1_000_000) return whole.includes(part);
    this.#charge((whole.length + part.length) * searchWork);
    return includesLinear(whole, part);
  }

  #call(name: FilterFunction, args: Json[]): Json {
    const [first = null, second = null] = args;
    switch (name) {
      case 'len':
        return length(first);
      case 'str':
        return text(first);
      case 'int':
        return Math.trunc(toNumber(first, /^\s*[+-]?\d+\s*$/));
      case 'float':
        return toNumber(first, /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/);
      case 'bool':
        return truthy(first);
      case 'lower':
        return this.#charged(first).toLowerCase();
      case 'upper':
        return this.#charged(first).toUpperCase();
      case 'strip':
        return this.#charged(first).trim();
      case 'startswith':
        return this.#anyOf(second, (part) => this.#charged(first).startsWith(part));
      case 'endswith':
        return this.#anyOf(second, (part) => this.#charged(first).endsWith(part));
      case 'contains':
        return this.#contains(first, second);
    }
  }

  #anyOf(parts: Json, test: (part: string) => boolean): boolean {
    return Array.isArray(parts) ? parts.some((part) => test(string(part))) : test(string(parts));
  }

  #charged(value: Json): string {
    const whole = string(value);
    this.#charge(whole.length);
    return whole;
  }

  #charge(work: number): void {
    this.#work += work;
    if (this.#work > maxWork) throw fault('it takes too much work on an event of this size');
  }
}

const fault = (reason: string) => new RuntimeError('FILTER_INVALID', `The filter could not be evaluated: ${reason}.`);

function member(of: Json, key: Json): Json {
  if (Array.isArray(of)) return typeof key === 'number' ? (of.at(key) ?? null) : null;
  if (isJsonObject(of) && typeof key === 'string' && Object.hasOwn(of, key)) return of[key] ?? null;
  return null;
}

function truthy(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

function kindOf(value: Json): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  return { boolean: 'a truth value', number: 'a number', string: 'text', object: 'an object' }[
    typeof value as 'object'
  ];
}

function string(value: Json): string {
  if (typeof value === 'string') return value;
  throw fault(`${kindOf(value)} is not text`);
}

function number(value: Json): number {
  if (typeof value === 'number') return value;
  throw fault(`${kindOf(value)} is not a number`);
}

function length(value: Json): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (isJsonObject(value)) return Object.keys(value).length;
  throw fault(`${kindOf(value)} has no length`);
}

function text(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'object') throw fault(`${kindOf(value)} does not become text`);
  return String(value);
}

function toNumber(value: Json, pattern: RegExp): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  const written = string(value);
  if (written.length > maxNumberText || !pattern.test(written))
    throw fault(`"${written.slice(0, 20)}" is not such a number`);
  return Number(written);
}

/** Whether the text contains the part, in time of their sum. Source: Knuth, Morris and Pratt, 1977. */
function includesLinear(whole: string, part: string): boolean {
  const fallback = new Uint32Array(part.length);
  for (let index = 1, length = 0; index < part.length; index++) {
    const code = part.charCodeAt(index);
    while (length > 0 && code !== part.charCodeAt(length)) length = fallback[length - 1] as number;
    if (code === part.charCodeAt(length)) length++;
    fallback[index] = length;
  }
  for (let index = 0, length = 0; index < whole.length; index++) {
    const code = whole.charCodeAt(index);
    while (length > 0 && code !== part.charCodeAt(length)) length = fallback[length - 1] as number;
    if (code === part.charCodeAt(length)) length++;
    if (length === part.length) return true;
  }
  return false;
}
