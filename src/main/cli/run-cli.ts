import { errorCodes, RuntimeError } from '../../shared/errors.ts';
import { type ConnectedRuntime, connect } from '../transport/http-client.ts';
import type { Invocation } from './command.ts';
import { type CommandLine, inputOf, readCommandLine } from './command-line.ts';
import { allCommands } from './commands.ts';
import { findNode, placeOf } from './find-node.ts';
import { explanation, overview } from './help.ts';
import { exits, type Terminal, UsageError } from './terminal.ts';
import { printable } from './text.ts';

/** Does what one command line says, and gives the exit code. */
export async function runCli(argv: readonly string[], terminal: Terminal, version: string): Promise<number> {
  const commands = allCommands(version);
  const json = argv.includes('--json');
  try {
    if (argv[0] === '--version') return await runCli(['version', ...argv.slice(1)], terminal, version);
    if (argv.length === 0 || argv[0] === '--help' || argv[0] === '-h') {
      terminal.out(overview(commands));
      return argv.length === 0 ? exits.usage : exits.ok;
    }
    const line = readCommandLine(argv, commands);
    if (!line.help) return await run(line, terminal);
    terminal.out(explanation(line.command));
    return exits.ok;
  } catch (thrown) {
    return report(thrown, terminal, json);
  }
}

async function run(line: CommandLine, terminal: Terminal): Promise<number> {
  const place = placeOf(line.global, terminal);
  let connected: ConnectedRuntime | undefined;
  const call: Invocation = {
    words: line.words,
    input: await inputOf(line, terminal),
    place,
    terminal,
    node() {
      if (!connected) {
        const { url, token } = findNode(place);
        const node = line.global['node'];
        connected = connect(url, token, node === undefined ? {} : { node });
      }
      return connected;
    },
    show(value, text) {
      const shown = line.json ? JSON.stringify(value) : text();
      if (shown) terminal.out(shown);
    },
  };
  try {
    return (await line.command.run(call)) ?? exits.ok;
  } finally {
    connected?.close();
  }
}

function report(thrown: unknown, terminal: Terminal, json: boolean): number {
  if (thrown instanceof UsageError) {
    terminal.err(json ? JSON.stringify({ code: 'USAGE', message: thrown.message }) : printable(thrown.message));
    return exits.usage;
  }
  if (!(thrown instanceof RuntimeError)) throw thrown;
  const { code, message, details } = thrown;
  const { hint } = errorCodes[code];
  terminal.err(json ? JSON.stringify({ code, message, hint, details }) : printable(`${code}: ${message}\n${hint}`));
  return code === 'NODE_UNREACHABLE' ? exits.noNode : exits.refused;
}
