import { filterInvalid, type Token, tokens } from './filter-tokens.ts';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'is' | 'is not';

export type FilterNode =
  | { kind: 'literal'; value: null | boolean | number | string }
  | { kind: 'list'; items: FilterNode[] }
  | { kind: 'name'; name: string }
  | { kind: 'at'; of: FilterNode; key: FilterNode }
  | { kind: 'call'; function: FilterFunction; args: FilterNode[] }
  | { kind: 'not' | 'negative'; of: FilterNode }
  | { kind: 'and' | 'or'; left: FilterNode; right: FilterNode }
  | { kind: 'compare'; first: FilterNode; rest: { operator: Comparison; right: FilterNode }[] };

/** How many arguments each takes. As a method, `a.lower()`, what stands before the dot is the first. */
const functions = {
  len: 1,
  str: 1,
  int: 1,
  float: 1,
  bool: 1,
  lower: 1,
  upper: 1,
  strip: 1,
  startswith: 2,
  endswith: 2,
  contains: 2,
} as const;
export type FilterFunction = keyof typeof functions;
const methods = ['lower', 'upper', 'strip', 'startswith', 'endswith', 'contains'];

const literals: Record<string, null | boolean> = {
  None: null,
  null: null,
  True: true,
  true: true,
  False: false,
  false: false,
};

/** Words that mean something in Python and nothing here: better refused than taken for a key that is never there. */
const foreign = new Set(
  'lambda if else elif for while def class import from as async await yield return exec eval del global nonlocal with try except raise assert pass typeof new function this instanceof void let const var'.split(
    ' ',
  ),
);
const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=']);

const maxNodes = 200;
const maxDepth = 40;

/** @throws RuntimeError `FILTER_INVALID` with the position. */
export function parseFilter(text: string): FilterNode {
  return new Parser(tokens(text)).whole();
}

/** Recursive descent, one method per level of precedence, loosest first. */
class Parser {
  readonly #tokens: Token[];
  #index = 0;
  #nodes = 0;
  #depth = 0;

  constructor(all: Token[]) {
    this.#tokens = all;
  }

  whole(): FilterNode {
    const atEnd = () => this.#token.kind === 'end';
    if (atEnd()) throw filterInvalid(1, 'it is empty; write a condition such as action == "opened"');
    const node = this.#or();
    if (!atEnd()) throw this.#unexpected('the end, or and, or, ==, in …');
    return node;
  }

  #or(): FilterNode {
    let left = this.#and();
    while (this.#takes('or')) left = this.#node({ kind: 'or', left, right: this.#and() });
    return left;
  }

  #and(): FilterNode {
    let left = this.#not();
    while (this.#takes('and')) left = this.#node({ kind: 'and', left, right: this.#not() });
    return left;
  }

  #not(): FilterNode {
    if (!this.#takes('not')) return this.#comparison();
    return this.#deeper(() => this.#node({ kind: 'not', of: this.#not() }));
  }

  #comparison(): FilterNode {
    const first = this.#sign();
    const rest: { operator: Comparison; right: FilterNode }[] = [];
    for (let operator = this.#operator(); operator; operator = this.#operator()) {
      const { at } = this.#token;
      const right = this.#sign();
      const constant = right.kind === 'literal' && (right.value === null || typeof right.value === 'boolean');
      if (operator.startsWith('is') && !constant)
        throw filterInvalid(at, 'after "is" comes None, True or False; else write ==');
      rest.push({ operator, right });
    }
    return rest.length > 0 ? this.#node({ kind: 'compare', first, rest }) : first;
  }

  #operator(): Comparison | undefined {
    const token = this.#token;
    if (token.kind === 'sign' && comparisons.has(token.text)) {
      this.#index++;
      return token.text as Comparison;
    }
    if (this.#takes('in')) return 'in';
    if (this.#takes('is')) return this.#takes('not') ? 'is not' : 'is';
    if (!this.#takes('not')) return undefined;
    if (this.#takes('in')) return 'not in';
    throw this.#unexpected('in');
  }

  #sign(): FilterNode {
    if (!this.#takes('-')) return this.#path();
    return this.#deeper(() => this.#node({ kind: 'negative', of: this.#sign() }));
  }

  /** A value and what is taken out of it: `.key`, `["key"]`, `[0]`, `.lower()`. */
  #path(): FilterNode {
    let node = this.#value();
    for (;;) {
      const { at } = this.#token;
      if (this.#takes('[')) {
        const key = this.#deeper(() => this.#or());
        this.#expect(']');
        node = this.#node({ kind: 'at', of: node, key });
      } else if (this.#takes('.')) {
        const name = this.#name();
        if (this.#takes('(')) {
          if (!methods.includes(name))
            throw filterInvalid(at, `"${name}" cannot be called; there are ${methods.join(', ')}`);
          node = this.#call(name as FilterFunction, at, [node]);
        } else {
          node = this.#node({ kind: 'at', of: node, key: { kind: 'literal', value: name } });
        }
      } else if (this.#isSign('(')) {
        throw filterInvalid(at, `only these can be called: ${Object.keys(functions).join(', ')}`);
      } else {
        return node;
      }
    }
  }

  #value(): FilterNode {
    const token = this.#token;
    if (token.kind === 'number' || token.kind === 'string') {
      this.#index++;
      return this.#node({ kind: 'literal', value: token.value });
    }
    if (token.kind === 'name') return this.#named(token.at);
    if (this.#takes('[')) return this.#list(']', []);
    if (this.#takes('{')) return this.#list('}', []);
    if (!this.#takes('(')) throw this.#unexpected('a value');
    if (this.#takes(')')) return this.#node({ kind: 'list', items: [] });
    const inner = this.#deeper(() => this.#or());
    if (this.#takes(',')) return this.#list(')', [inner]);
    this.#expect(')');
    return inner;
  }

  #named(at: number): FilterNode {
    const name = this.#name();
    const literal = literals[name];
    if (Object.hasOwn(literals, name) && literal !== undefined) return this.#node({ kind: 'literal', value: literal });
    if (['and', 'or', 'not', 'in', 'is'].includes(name)) throw filterInvalid(at, `a value is missing before "${name}"`);
    if (foreign.has(name)) throw filterInvalid(at, `"${name}" is not part of a filter`);
    if (!this.#isSign('(')) return this.#node({ kind: 'name', name });
    if (!Object.hasOwn(functions, name)) {
      throw filterInvalid(at, `"${name}" cannot be called; there are ${Object.keys(functions).join(', ')}`);
    }
    this.#expect('(');
    return this.#call(name as FilterFunction, at, []);
  }

  #call(name: FilterFunction, at: number, receiver: FilterNode[]): FilterNode {
    const args = [...receiver, ...this.#items(')')];
    const takes = functions[name] - receiver.length;
    if (args.length === functions[name]) return this.#node({ kind: 'call', function: name, args });
    throw filterInvalid(
      at,
      `${name} takes ${takes} ${takes === 1 ? 'value' : 'values'}, not ${args.length - receiver.length}`,
    );
  }

  #list(close: string, items: FilterNode[]): FilterNode {
    return this.#node({ kind: 'list', items: [...items, ...this.#items(close)] });
  }

  #items(close: string): FilterNode[] {
    const items: FilterNode[] = [];
    while (!this.#takes(close)) {
      items.push(this.#deeper(() => this.#or()));
      if (this.#takes(',')) continue;
      this.#expect(close);
      break;
    }
    return items;
  }

  #node(node: FilterNode): FilterNode {
    if (++this.#nodes > maxNodes) throw filterInvalid(this.#token.at, `it has more than ${maxNodes} parts`);
    return node;
  }

  #deeper<T>(parse: () => T): T {
    if (++this.#depth > maxDepth) throw filterInvalid(this.#token.at, `it is nested more than ${maxDepth} deep`);
    const parsed = parse();
    this.#depth--;
    return parsed;
  }

  get #token(): Token {
    return this.#tokens[this.#index] as Token;
  }

  #isSign(text: string): boolean {
    return this.#token.kind === 'sign' && this.#token.text === text;
  }

  /** Takes the word or sign if it comes next. */
  #takes(text: string): boolean {
    const token = this.#token;
    if ((token.kind !== 'name' && token.kind !== 'sign') || token.text !== text) return false;
    this.#index++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw this.#unexpected(`"${text}"`);
  }

  #name(): string {
    const token = this.#token;
    if (token.kind !== 'name') throw this.#unexpected('a name; other keys go into brackets, ["like this"] or [0]');
    this.#index++;
    return token.text;
  }

  #unexpected(wanted: string) {
    const token = this.#token;
    const seen = token.kind === 'end' ? 'the end' : `"${'value' in token ? token.value : token.text}"`;
    return filterInvalid(token.at, `here is ${seen.slice(0, 60)} where ${wanted} should be`);
  }
}
