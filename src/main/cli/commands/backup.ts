import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Output } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { restoreStopped } from '../../runtime/keeping/backups.ts';
import { type Command, type Invocation, operationCommand, ownFlag } from '../command.ts';
import { printable } from '../text.ts';

export const backupCommands: Command[] = [
  operationCommand<'backup', Output<'backup'>>({
    name: 'backup',
    summary: 'Writes a backup while the node runs, and checks it.',
    args: ['path?'],
    operation: 'backup',
    text: ({ path, bytes }) => printable(`${path} (${Math.ceil(bytes / 1024)} KB)`),
  }),
  {
    name: 'restore',
    summary: 'Puts a backup in the place of what the node keeps: now if it is stopped, else at its next start.',
    args: ['path'],
    flags: {},
    run: (call) => restoreHere(call),
  },
  exportCommand(),
  {
    name: 'import',
    summary: 'Brings an exported process to the node, stopped.',
    args: ['path'],
    flags: { name: ownFlag('name', 'text', 'Another name for it.') },
    async run(call) {
      const path = resolve(call.terminal.cwd, String(call.input['path']));
      const { name } = call.input;
      const { name: given, state } = await call
        .node()
        .importProcess({ path, ...(typeof name === 'string' ? { name } : {}) });
      call.show({ name: given, state }, () => `${given} is ${state}`);
      return undefined;
    },
  },
];

async function restoreHere(call: Invocation): Promise<undefined> {
  const path = String(call.input['path']);
  try {
    await restoreStopped(path, call.place.dataDir, Date.now());
  } catch (thrown) {
    if (!(thrown instanceof RuntimeError) || thrown.code !== 'HOST_ALREADY_RUNNING') throw thrown;
    const staged = await call.node().restore({ path });
    call.show(staged, () => printable(`${staged.path} is put in place when the node starts next.`));
    return undefined;
  }
  call.show({ path, restartNeeded: false }, () => printable(`${path} is in place; what was there is kept beside it.`));
  return undefined;
}

function exportCommand(): Command {
  const exporting = operationCommand<'exportProcess', Output<'exportProcess'>>({
    name: 'export',
    summary: 'Saves a process with all that happened to it as one file.',
    args: ['name'],
    operation: 'exportProcess',
    text: () => '',
  });
  return {
    ...exporting,
    flags: { ...exporting.flags, out: ownFlag('out', 'text', 'Folder for the file; left out: here.') },
    async run(call) {
      const name = String(call.input['name']);
      const exported = await call.node().exportProcess({ name });
      const path = join(String(call.input['out'] ?? '.'), `${name}.process.json`);
      writeFileSync(path, `${JSON.stringify(exported)}\n`, { mode: 0o600 });
      call.show({ path, whole: exported.whole }, () => printable(path));
      return undefined;
    },
  };
}
