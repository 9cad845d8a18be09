import type { RuntimeClient } from '../../shared/api.ts';
import { bundleFileName, mergedBundle } from '../../shared/run-bundle.ts';
import type { RunBrief } from '../../shared/views/views.ts';
import { download } from '../ui/download.ts';
import { act } from '../ui/use-action.ts';

/** Gives the person one file with the runs, each as its node tells it. */
export function exportBundle(
  runs: readonly Pick<RunBrief, 'id' | 'node'>[],
  clientOf: (node: string | undefined) => RuntimeClient,
): Promise<unknown> {
  return act(
    async () => {
      const exported = await Promise.all(runs.map(({ id, node }) => clientOf(node).exportRun({ id })));
      const bundle = mergedBundle(exported.map((one) => one.bundle));
      download(bundleFileName(bundle), `${JSON.stringify(bundle, null, 2)}\n`);
    },
    { done: 'Exported, without secrets. Look through the file before you hand it on.' },
  );
}
