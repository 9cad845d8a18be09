import type { Command } from './command.ts';
import type { Flag } from './flags.ts';

export const globalFlags: Record<string, Flag> = {
  'data-dir': { field: 'data-dir', kind: 'text', choices: [], help: 'The data folder whose node is meant.' },
  url: { field: 'url', kind: 'text', choices: [], help: 'The address of the node, instead of --data-dir.' },
  token: { field: 'token', kind: 'text', choices: [], help: 'The token for it (or AGENT_RUNTIME_TOKEN).' },
  node: { field: 'node', kind: 'text', choices: [], help: 'The node of the cluster that is meant, by name or id.' },
  json: { field: 'json', kind: 'boolean', choices: [], help: 'Print JSON, for programs.' },
  help: { field: 'help', kind: 'boolean', choices: [], help: 'Explain the command.' },
};

const exitCodes = 'Exit codes: 0 done, 1 refused, 2 the command line makes no sense, 3 no node.';

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'agent-runtime <command> [arguments] [--flags]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'For every command:',
    ...flagLines(globalFlags),
    '',
    exitCodes,
  ].join('\n');
}

export function explanation(command: Command): string {
  const flags = flagLines(command.flags);
  return [
    usageOf(command),
    '',
    command.summary,
    ...(flags.length > 0 ? ['', ...flags] : []),
    '',
    'For every command:',
    ...flagLines(globalFlags),
    '',
    exitCodes,
  ].join('\n');
}

export function usageOf({ name, args, flags }: Command): string {
  const words = args.map((arg) => {
    const plain = arg.replace(/[?.]+$/, '');
    const shown = arg.endsWith('...') ? `<${plain}> …` : `<${plain}>`;
    return arg.includes('?') ? `[${shown}]` : shown;
  });
  return ['agent-runtime', name, ...words, ...(Object.keys(flags).length > 0 ? ['[--flags]'] : [])].join(' ');
}

function flagLines(flags: Readonly<Record<string, Flag>>): string[] {
  const names = Object.entries(flags).map(([name, { kind, choices, help }]) => {
    const value =
      choices.length > 0 && choices.length < 6 ? ` ${choices.join('|')}` : kind === 'boolean' ? '' : ` <${kind}>`;
    return [`--${name}${value}`, help] as const;
  });
  const width = Math.max(0, ...names.map(([name]) => name.length));
  return names.map(([name, help]) => `  ${name.padEnd(width)}  ${help}`.trimEnd());
}
