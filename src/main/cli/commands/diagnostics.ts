import { resolve } from 'node:path';
import { RuntimeError } from '../../../shared/errors.ts';
import { writeDiagnostics } from '../../transport/diagnostics/diagnostics.ts';
import type { Command, Invocation } from '../command.ts';
import { printable } from '../text.ts';

export function diagnosticsCommand(version: string): Command {
  return {
    name: 'diagnostics',
    summary: 'Writes a zip file for a bug report: versions, health, settings and logs, without secrets. Needs no node.',
    args: ['path?'],
    flags: {},
    async run(call) {
      const now = call.terminal.now();
      const usual = `agent-runtime-diagnostics-${new Date(now).toISOString().slice(0, 19).replace(/[:T]/g, '-')}.zip`;
      const path = resolve(call.terminal.cwd, String(call.input['path'] ?? usual));
      const runtime = await reachable(call);
      const { env, home } = call.terminal;
      const versions = { program: version, node: process.versions.node };
      const files = await writeDiagnostics(path, {
        dataDir: call.place.dataDir,
        ...(runtime ? { runtime } : {}),
        versions,
        env,
        home,
        now,
      });
      call.show({ path, files, node: runtime !== null }, () =>
        printable(`${path}\nLook through it before you hand it on: ${files.join(', ')}`),
      );
      return undefined;
    },
  };
}

/** What is wrong may be that no node runs. */
async function reachable(call: Invocation) {
  try {
    const node = call.node();
    await node.health({});
    return node;
  } catch (thrown) {
    if (thrown instanceof RuntimeError && thrown.code === 'NODE_UNREACHABLE') return null;
    throw thrown;
  }
}
