import type { Command } from './command.ts';
import { callCommand } from './commands/any.ts';
import { backgroundCommands } from './commands/background.ts';
import { backupCommands } from './commands/backup.ts';
import { bundleCommand } from './commands/bundle.ts';
import { catalogueCommands } from './commands/catalogue.ts';
import { clusterCommands } from './commands/cluster.ts';
import { conversationCommands } from './commands/conversation.ts';
import { crossingCommands } from './commands/crossing.ts';
import { databaseCommands } from './commands/database.ts';
import { diagnosticsCommand } from './commands/diagnostics.ts';
import { governanceCommands } from './commands/governance.ts';
import { journalCommands } from './commands/journal.ts';
import { manifestCommands } from './commands/manifests.ts';
import { mcpCommand } from './commands/mcp.ts';
import { memoryCommands } from './commands/memory.ts';
import { messageCommands } from './commands/messages.ts';
import { nodeCommands } from './commands/node.ts';
import { processCommands } from './commands/processes.ts';
import { proveCommand } from './commands/prove.ts';
import { runTestCommands } from './commands/run-tests.ts';
import { runCommands } from './commands/runs.ts';
import { scheduleCommands } from './commands/schedule.ts';
import { stateCommands } from './commands/state.ts';
import { versionCommands } from './commands/versions.ts';
import { windowCommands } from './commands/window.ts';
import { completionScript } from './completion.ts';
import { explanation, overview } from './help.ts';
import { UsageError } from './terminal.ts';

/** Every command, in the order of the help. */
export function allCommands(version: string): Command[] {
  const commands: Command[] = [
    ...processCommands,
    ...journalCommands,
    ...runCommands,
    ...runTestCommands,
    bundleCommand,
    ...scheduleCommands,
    ...governanceCommands,
    ...stateCommands,
    ...messageCommands,
    ...versionCommands,
    ...conversationCommands,
    ...memoryCommands,
    ...catalogueCommands,
    ...manifestCommands,
    ...nodeCommands,
    ...windowCommands,
    ...clusterCommands,
    ...crossingCommands,
    ...databaseCommands,
    ...backupCommands,
    ...backgroundCommands,
    proveCommand,
    diagnosticsCommand(version),
    mcpCommand,
    callCommand,
    {
      name: 'completion',
      summary: 'Prints a script that completes commands in bash, zsh or fish.',
      args: ['shell'],
      flags: {},
      async run({ words, terminal }) {
        terminal.out(completionScript(words[0] ?? '', commands).trimEnd());
        return undefined;
      },
    },
    {
      name: 'help',
      summary: 'Explains a command, or lists them all.',
      args: ['command?...'],
      flags: {},
      async run({ words, terminal }) {
        terminal.out(helpFor(words, commands));
        return undefined;
      },
    },
    {
      name: 'version',
      summary: 'Prints the version of this program.',
      args: [],
      flags: {},
      async run(call) {
        call.show({ version }, () => version);
        return undefined;
      },
    },
  ];
  return commands;
}

function helpFor(words: readonly string[], commands: readonly Command[]): string {
  if (words.length === 0) return overview(commands);
  const name = words.join(' ');
  const exact = commands.find((command) => command.name === name);
  const group = commands.filter((command) => command.name.startsWith(`${name} `));
  if (!exact && group.length === 0) throw new UsageError(`There is no command "${name}".`);
  return [...(exact ? [exact] : []), ...group].map(explanation).join('\n\n');
}
