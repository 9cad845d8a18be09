import { parseArgs } from 'node:util';
import { nearest } from '../../shared/casing.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { type Command, fieldOf } from './command.ts';
import { type Flag, readFlag } from './flags.ts';
import { globalFlags, usageOf } from './help.ts';
import { type Terminal, UsageError } from './terminal.ts';

export interface CommandLine {
  command: Command;
  words: string[];
  /** Flags that every command has, by name. */
  global: Record<string, string | undefined>;
  json: boolean;
  help: boolean;
  /** Flags of the command, as they were written. */
  given: [string, string | boolean][];
}

/** Which command it is and what was given to it; values are not looked at. @throws UsageError */
export function readCommandLine(argv: readonly string[], commands: readonly Command[]): CommandLine {
  const command = commandOf(argv, commands);
  const flags: Record<string, Flag> = { ...command.flags, ...globalFlags };
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { kind }]) => [
      name,
      { type: kind === 'boolean' ? 'boolean' : 'string' } as const,
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const words: string[] = [];
  const given = new Map<string, string | boolean>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind === 'option') {
      const flag = flags[token.name];
      if (!flag || !token.rawName.startsWith('--')) throw unknownFlag(token.rawName, command, flags);
      given.set(token.name, flagValue(token.rawName, flag, token.value));
    }
  }
  const own = [...given].filter(([name]) => !Object.hasOwn(globalFlags, name));
  const global = Object.fromEntries([...given].filter(([, value]) => typeof value === 'string')) as Record<
    string,
    string
  >;
  const { json, help } = Object.fromEntries(given);
  return {
    command,
    words: words.slice(command.name.split(' ').length),
    global,
    json: json === true,
    help: help === true,
    given: own,
  };
}

/** Arguments and flags under the names of the fields they set. @throws UsageError */
export async function inputOf({ command, words, given }: CommandLine, terminal: Terminal): Promise<JsonObject> {
  checkCount(command, words);
  const input: { [field: string]: Json } = {};
  command.args.forEach((arg, index) => {
    const word = words[index];
    if (word !== undefined) input[fieldOf(fieldOf(arg))] = word;
  });
  for (const [name, value] of given) {
    const flag = command.flags[name];
    if (flag)
      input[flag.field] = typeof value === 'boolean' ? value : await readFlag(`--${name}`, flag, value, terminal);
  }
  return input;
}

function commandOf(argv: readonly string[], commands: readonly Command[]): Command {
  // Flags with a value may stand before the command, so words are looked for at every place.
  const words = argv.filter((arg) => !arg.startsWith('-'));
  for (const [index, word] of words.entries()) {
    const two = commands.find(({ name }) => name === `${word} ${words[index + 1]}`);
    const one = commands.find(({ name }) => name === word);
    const found = two ?? one;
    if (found) return found;
    if (index === 0 && argv[0] === word) break;
  }
  const [first = ''] = words;
  const group = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  if (group.length > 0) throw new UsageError(`${first} is one of: ${group.join(', ')}.`);
  const meant = nearest(
    first,
    commands.map(({ name }) => name),
  );
  throw new UsageError(
    `There is no command "${first}".${meant ? ` Did you mean ${meant}?` : ''} See agent-runtime help.`,
  );
}

function checkCount(command: Command, words: readonly string[]): void {
  const required = command.args.filter((arg) => !arg.includes('?')).length;
  const most = command.args.some((arg) => arg.endsWith('...')) ? Number.POSITIVE_INFINITY : command.args.length;
  if (words.length >= required && words.length <= most) return;
  throw new UsageError(`Use it as: ${usageOf(command)}`);
}

function flagValue(rawName: string, flag: Flag, value: string | undefined): string | boolean {
  if (flag.kind === 'boolean') {
    if (value === undefined) return true;
    throw new UsageError(`${rawName} takes no value.`);
  }
  if (value !== undefined) return value;
  throw new UsageError(`${rawName} needs a value.`);
}

function unknownFlag(rawName: string, command: Command, flags: Readonly<Record<string, Flag>>): UsageError {
  const names = Object.keys(flags);
  const meant = nearest(rawName.replace(/^-+/, ''), names);
  const help = meant ? ` Did you mean --${meant}?` : ` It takes ${names.map((name) => `--${name}`).join(', ')}.`;
  return new UsageError(`${command.name} has no flag ${rawName}.${help}`);
}
