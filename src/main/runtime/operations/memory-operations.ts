import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { newId } from '../../../shared/ids.ts';
import type { MemoryView } from '../../../shared/views/views.ts';
import { checkMemory } from '../../agent/tools/memory-tools.ts';
import type { FoundMemory, MemoryRecord } from '../../context/memory/memory-provider.ts';
import { forgotten, receiptsIn } from '../../journal/fold/fold-changes.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import { undelivered } from '../../processes/prompts/recall.ts';
import type { AgentRuntime } from '../agent-runtime.ts';

type Names = 'listMemories' | 'storeMemory' | 'forgetMemory' | 'purgeMemory' | 'listErasures' | 'checkErasure';

/** Operations on what agents remember. Changes go through the journal of the process, as those of its runs do. */
export function memoryOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  // Where it cannot be done now, the housekeeping does it soon.
  const erased = async (process: AgentProcess) => {
    const receipt = await runtime.housekeeping.erase(process).catch(() => null);
    return { ok: true as const, receipt: receipt?.id ?? null };
  };
  return {
    async listMemories({ name, q, cursor, limit }) {
      const process = runtime.get(name);
      const { memory } = process;
      if (q === undefined) {
        const page = await memory.list({ limit, ...(cursor ? { cursor } : {}) });
        return { items: page.items.map(shown), next: page.next };
      }
      const found = await memory.search(q, limit, undelivered(process.snapshot));
      return { items: found.map(shown), next: null };
    },
    async storeMemory({ name, content, tags }, by) {
      checkMemory(content, tags);
      const process = runtime.get(name);
      const at = runtime.parts.clock.now();
      const id = newId('mem', at);
      await process.steering.changeMemory(
        [{ type: 'memory.store', id, content, tags, source: by, step: null, taint: [] }],
        by,
      );
      return shown({
        id,
        content,
        tags,
        at,
        provenance: { process: name, run: null, step: null, source: by, taint: [] },
      });
    },
    async forgetMemory({ name, id }, by) {
      const process = runtime.get(name);
      const known = await process.memory.known([id], undelivered(process.snapshot));
      if (!known.has(id))
        throw new RuntimeError('MEMORY_NOT_FOUND', `"${name}" remembers nothing called ${id}.`, { id });
      await process.steering.changeMemory([{ type: 'memory.forget', id }], by);
      return erased(process);
    },
    async purgeMemory({ name }, by) {
      const process = runtime.get(name);
      await process.steering.changeMemory([{ type: 'memory.purge' }], by);
      return erased(process);
    },
    async listErasures({ name, cursor, limit }) {
      const { snapshot } = runtime.get(name);
      const newest = receiptsIn(snapshot).reverse();
      const from = cursor === undefined ? 0 : newest.findIndex(({ id }) => id === cursor) + 1;
      const items = newest.slice(from, from + limit);
      const pending = snapshot.remembered.get(forgotten)?.size ?? 0;
      return { items, next: newest.length > from + limit ? (items.at(-1)?.id ?? null) : null, pending };
    },
    async checkErasure({ name, id }) {
      const process = runtime.get(name);
      const receipt = receiptsIn(process.snapshot).find((one) => one.id === id);
      if (receipt) return runtime.housekeeping.checkErased(process, receipt);
      throw new RuntimeError('RECEIPT_NOT_FOUND', `"${name}" has no receipt ${id}.`, { name, id });
    },
  };
}

function shown(record: MemoryRecord | FoundMemory): MemoryView {
  const { id, content, tags, at, provenance } = record;
  return {
    id,
    content,
    tags,
    at,
    ...provenance,
    score: 'score' in record ? record.score : null,
    foundBy: 'by' in record ? record.by : null,
  };
}
