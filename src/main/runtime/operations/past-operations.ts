import type { RuntimeApi } from '../../../shared/api.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { contextPast, momentsOf } from '../keeping/context-past.ts';

/** Operations on what all processes kept at other times. */
export function pastOperations(runtime: AgentRuntime): Pick<RuntimeApi, 'listContextMoments' | 'contextAt'> {
  return {
    listContextMoments: ({ before, limit }) =>
      momentsOf(
        runtime.journal,
        runtime.list().map(({ snapshot }) => snapshot),
        before,
        limit,
      ),
    async contextAt({ at, cursor, limit }) {
      const left = runtime.list().filter(({ name }) => cursor === undefined || name > cursor);
      const page = left.slice(0, limit);
      const items = [];
      for (const { snapshot } of page) {
        const past = await contextPast(runtime.journal, snapshot, at);
        if (past) items.push(past);
      }
      return { items, next: left.length > page.length ? (page.at(-1)?.name ?? null) : null };
    },
  };
}
