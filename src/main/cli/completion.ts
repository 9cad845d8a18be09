import type { Command } from './command.ts';
import type { Flag } from './flags.ts';
import { globalFlags } from './help.ts';
import { UsageError } from './terminal.ts';

type Shell = 'bash' | 'zsh' | 'fish';

/** A script for the shell that completes commands, flags and what flags take. It is static: no node is asked. */
export function completionScript(shell: string, commands: readonly Command[]): string {
  const writers: Record<Shell, (commands: readonly Command[]) => string> = { bash, zsh, fish };
  if (!Object.hasOwn(writers, shell)) throw new UsageError(`completion takes bash, zsh or fish; not "${shell}".`);
  return writers[shell as Shell](commands);
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map(
    ({ name, flags }) => `    ${quoted(name)}) words=${quoted(flagNames(flags).join(' '))} ;;`,
  );
  const choices = choiceFlags(commands).map(([flag, values]) => `    --${flag}) words=${quoted(values.join(' '))} ;;`);
  return `# agent-runtime completion for bash: source <(agent-runtime completion bash)
_agent_runtime() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words="" command=\${COMP_WORDS[1]}
  case "$command \${COMP_WORDS[2]}" in
${twoWords(commands)
  .map((name) => `    ${quoted(name)}) [ "$COMP_CWORD" -gt 2 ] && command=${quoted(name)} ;;`)
  .join('\n')}
  esac
  case "$previous" in
${choices.join('\n')}
    --data-dir) COMPREPLY=($(compgen -d -- "$current")); return ;;
  esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W ${quoted(firstWords(commands).join(' '))} -- "$current")); return; fi
  case "$command" in
${cases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 2 ]; then case "$command" in
${groups(commands)
  .map(([first, seconds]) => `    ${first}) words="$words ${seconds.join(' ')}" ;;`)
  .join('\n')}
  esac; fi
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words ${flagNames(globalFlags).join(' ')}" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current")) ;;
  esac
}
complete -F _agent_runtime agent-runtime
`;
}

function zsh(commands: readonly Command[]): string {
  const described = firstCommands(commands).map(
    ([name, summary]) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`,
  );
  const cases = commands.map(({ name, flags }) => {
    const specs = Object.entries({ ...flags, ...globalFlags }).map(
      ([flag, spec]) => `        ${quoted(zshFlag(flag, spec))}`,
    );
    return `      ${quoted(name)})\n        _arguments -S \\\n${specs.join(' \\\n')} \\\n        '*:file:_files' ;;`;
  });
  const seconds = groups(commands).map(([first, names]) => `      ${first}) compadd ${names.join(' ')} ;;`);
  return `#compdef agent-runtime
# agent-runtime completion for zsh: agent-runtime completion zsh > "\${fpath[1]}/_agent-runtime"
_agent_runtime() {
  local -a commands=(
${described.join('\n')}
  )
  local command=\${words[2]}
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  if (( CURRENT == 3 )); then case "$command" in
${seconds.join('\n')}
  esac; fi
  case "$command \${words[3]}" in
${twoWords(commands)
  .map((name) => `    ${quoted(name)}) command=${quoted(name)} ;;`)
  .join('\n')}
  esac
  case "$command" in
${cases.join('\n')}
  esac
}
compdef _agent_runtime agent-runtime
`;
}

function zshFlag(name: string, { kind, choices, help }: Flag): string {
  const text = help.replaceAll(/[[\]:]/g, ' ');
  if (kind === 'boolean') return `--${name}[${text}]`;
  return `--${name}=[${text}]:${kind}:${choices.length > 0 ? `(${choices.join(' ')})` : name === 'data-dir' ? '_files -/' : ' '}`;
}

function fish(commands: readonly Command[]): string {
  const lines = [
    '# agent-runtime completion for fish: agent-runtime completion fish | source',
    'complete -c agent-runtime -f',
  ];
  for (const [name, summary] of firstCommands(commands)) {
    lines.push(`complete -c agent-runtime -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`);
  }
  for (const { name, flags, summary } of commands) {
    const [first = '', second] = name.split(' ');
    if (second)
      lines.push(
        `complete -c agent-runtime -n '__fish_seen_subcommand_from ${first}' -a ${second} -d ${quoted(summary)}`,
      );
    for (const [flag, spec] of Object.entries(flags)) {
      const seen = second
        ? `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`
        : `__fish_seen_subcommand_from ${first}`;
      lines.push(`complete -c agent-runtime -n '${seen}' ${fishFlag(flag, spec)}`);
    }
  }
  for (const [flag, spec] of Object.entries(globalFlags))
    lines.push(`complete -c agent-runtime ${fishFlag(flag, spec)}`);
  return `${lines.join('\n')}\n`;
}

function fishFlag(name: string, { kind, choices, help }: Flag): string {
  const value = kind === 'boolean' ? '' : choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : ' -r';
  return `-l ${name}${value} -d ${quoted(help)}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const flagNames = (flags: Readonly<Record<string, Flag>>): string[] => Object.keys(flags).map((name) => `--${name}`);
const twoWords = (commands: readonly Command[]): string[] =>
  commands.map(({ name }) => name).filter((name) => name.includes(' '));
const firstWords = (commands: readonly Command[]): string[] => firstCommands(commands).map(([name]) => name);

/** Each first word once, with the summary of the command it is, or of the first it begins. */
function firstCommands(commands: readonly Command[]): [string, string][] {
  const summaries = new Map<string, string>();
  for (const { name, summary } of commands) {
    const first = name.split(' ')[0] ?? name;
    if (!summaries.has(first)) summaries.set(first, summary);
  }
  return [...summaries];
}

function groups(commands: readonly Command[]): [string, string[]][] {
  const seconds = new Map<string, string[]>();
  for (const name of twoWords(commands)) {
    const [first = '', second = ''] = name.split(' ');
    seconds.set(first, [...(seconds.get(first) ?? []), second]);
  }
  return [...seconds];
}

function choiceFlags(commands: readonly Command[]): [string, readonly string[]][] {
  const found = new Map<string, Set<string>>();
  for (const { flags } of commands) {
    for (const [name, { choices }] of Object.entries(flags)) {
      if (choices.length > 0) found.set(name, new Set([...(found.get(name) ?? []), ...choices]));
    }
  }
  return [...found].map(([name, values]) => [name, [...values]]);
}
