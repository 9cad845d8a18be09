import type { Journal } from '../../journal/journal.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import { memoryWrites } from '../../processes/prompts/recall.ts';

const pageSize = 500;

/**
 * Makes what a process remembers on this node anew from its journal, after it came from another: memory that is kept in
 * files of a node does not come along. What it has already is known by its id; what was trimmed from the journal is not
 * brought.
 */
export async function restoreMemory(journal: Journal, process: AgentProcess): Promise<void> {
  const provider = process.knownConfig?.memory.provider;
  if (provider === undefined || provider === 'chroma' || provider === 'mem0') return;
  for (let after = 0; ; ) {
    const page = await journal.read(process.name, { after, kinds: ['run.settled', 'memory.changed'], limit: pageSize });
    for (const { kind, body, at } of page) {
      if ('erased' in body) continue;
      const run = kind === 'run.settled' ? body.run : null;
      const effects = kind === 'run.settled' || kind === 'memory.changed' ? body.effects : [];
      const writes = memoryWrites(effects, at, run);
      if (writes.length > 0) await process.memory.apply(writes);
    }
    after = page.at(-1)?.seq ?? after;
    if (page.length < pageSize) return;
  }
}
