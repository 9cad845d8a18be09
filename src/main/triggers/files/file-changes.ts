import type { FileWatchTrigger } from '../../../shared/config/trigger-config.ts';
import { type FileState, sameContent } from './file-state.ts';
import type { KnownFiles } from './known-files.ts';
import type { Settled } from './settling.ts';

export interface FileChange {
  event: FileWatchTrigger['watchEvents'][number];
  path: string;
  /** The file as it is; as it was, where it was deleted. */
  state: FileState;
  /** Where it was moved from. */
  from?: string;
}

export interface FilePlan {
  changes: FileChange[];
  /** Known files whose state is new but whose content is not. */
  same: { path: string; state: FileState }[];
  /** Gone, but a file that has not settled yet may be where they went. */
  later: string[];
}

/**
 * What settled paths mean, compared with what is known. `gone` holds known paths that are not in the batch and are not
 * there any more; `mayMoveTo` tells whether a file that has not settled yet is this one under another name.
 */
export function planChanges(
  settled: Settled,
  known: Pick<KnownFiles, 'get' | 'pathsOf'>,
  gone: ReadonlySet<string>,
  mayMoveTo: (state: FileState) => boolean,
): FilePlan {
  const plan: FilePlan = { changes: [], same: [], later: [] };
  const moved = new Set<string>();
  const isGone = (path: string) => gone.has(path) || settled.get(path) === null;
  for (const [path, state] of settled) {
    if (!state) continue;
    const before = known.get(path);
    if (before) {
      if (sameContent(before, state)) plan.same.push({ path, state });
      else plan.changes.push({ event: 'modified', path, state });
      continue;
    }
    const from = known.pathsOf(state).find((candidate) => isGone(candidate) && !moved.has(candidate));
    if (from === undefined) {
      plan.changes.push({ event: 'created', path, state });
    } else {
      moved.add(from);
      plan.changes.push({ event: 'moved', path, state, from });
    }
  }
  for (const [path, state] of settled) {
    const before = known.get(path);
    if (state || !before || moved.has(path)) continue;
    if (mayMoveTo(before)) plan.later.push(path);
    else plan.changes.push({ event: 'deleted', path, state: before });
  }
  plan.changes.sort(inOrder);
  return plan;
}

/** As they happened, as far as the drive knows: it keeps no time for what is gone, so that comes last. */
function inOrder(a: FileChange, b: FileChange): number {
  const last = Number(a.event === 'deleted') - Number(b.event === 'deleted');
  const [aNs, bNs] = [BigInt(a.state.ctimeNs), BigInt(b.state.ctimeNs)];
  if (last !== 0) return last;
  if (a.event !== 'deleted' && aNs !== bNs) return aNs < bNs ? -1 : 1;
  return a.path < b.path ? -1 : 1;
}

/** The same for the same change of the same file, also when it is found again after a crash. */
export function changeKey(trigger: string, { event, path, state, from }: FileChange): string {
  const name = from === undefined ? path : `${from} → ${path}`;
  return `file:${trigger}:${event}:${name}:${state.size}:${state.mtimeNs}:${state.ino}:${state.ctimeNs}`;
}
