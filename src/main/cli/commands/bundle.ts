import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundleFileName, mergedBundle } from '../../../shared/run-bundle.ts';
import { type Command, ownFlag } from '../command.ts';
import { printable } from '../text.ts';

export const bundleCommand: Command = {
  name: 'bundle',
  summary: 'Saves runs as one file for a bug report: manifest, steps and entries, without secrets.',
  args: ['id...'],
  flags: { out: ownFlag('out', 'text', 'Folder for the file; left out: here.') },
  async run(call) {
    const node = call.node();
    const exported = await Promise.all(call.words.map((id) => node.exportRun({ id })));
    const bundle = mergedBundle(exported.map((one) => one.bundle));
    const path = resolve(call.terminal.cwd, String(call.input['out'] ?? '.'), bundleFileName(bundle));
    writeFileSync(path, `${JSON.stringify(bundle, null, 2)}\n`, { mode: 0o600 });
    call.show({ path, runs: bundle.runs.length }, () => printable(`${path}\nLook through it before you hand it on.`));
    return undefined;
  },
};
