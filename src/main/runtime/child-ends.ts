import type { Journal } from '../journal/journal.ts';
import type { AgentProcess } from '../processes/agent-process.ts';

/** Lets the hooks of an agent hear when another agent that it brought into the world works no more. Returns what ends it. */
export function tellParents(journal: Journal, find: (name: string) => AgentProcess | undefined): () => void {
  return journal.onDurable((entries) => {
    for (const { kind, body, process: name } of entries) {
      const state = kind === 'process.deleted' ? 'deleted' : kind === 'state.changed' && 'to' in body ? body.to : '';
      if (!['stopped', 'failed', 'deleted'].includes(state)) continue;
      const parent = find(name)?.snapshot.parent;
      const reason = 'reason' in body ? (body.reason ?? '') : '';
      if (parent) void find(parent.process)?.tellHooks('subagent_stop', { name, state, reason });
    }
  });
}
