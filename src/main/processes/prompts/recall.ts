import type { Effect, MemoryEffect } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { AgentRun } from '../../agent/agent.ts';
import type { PendingWrite, ProcessMemory } from '../../context/memory/process-memory.ts';
import type { Snapshot } from '../../journal/fold/snapshot.ts';
import { sha256 } from '../../lib/hash.ts';
import type { StepExecutor } from '../steps/step-executor.ts';

/** How much of a memory a prompt shows, and how much of an event is looked for. */
const shownChars = 2_000;
const queryChars = 4_000;

/** A memory as a prompt shows it. */
export interface Recalled {
  id: string;
  content: string;
  tags: string[];
  at: number;
  source: string;
  score: number;
}

export interface RecallResult {
  memories: Recalled[];
  /** Were recalled when the run began, and have been forgotten since. */
  forgotten: Recalled[];
}

export const nothingRecalled: RecallResult = { memories: [], forgotten: [] };

/**
 * What the agent remembers of such an event: one step of the run, so that a run which is taken up again sees the same,
 * except for what has been forgotten meanwhile. Memory that cannot be reached recalls nothing.
 */
export async function recall(
  steps: StepExecutor,
  memory: ProcessMemory | undefined,
  event: AgentRun['event'],
  instructions: string,
  pending: readonly PendingWrite[],
): Promise<RecallResult> {
  const before = steps.next;
  // A run that recalled when it began recalls again, and one that did not does not.
  if (before ? before.kind !== 'memory' : !memory || memory.config.max === 0 || memory.isEmpty(pending))
    return nothingRecalled;
  try {
    const query = queryFor(event, instructions);
    const answer = (await steps.make({
      kind: 'memory',
      name: 'recall',
      args: { query },
      reach: 'readOnly',
      perform: async ({ signal }) => {
        const found = memory ? await memory.search(query, memory.config.max, pending, signal) : [];
        const memories = found.map(({ id, content, tags, at, provenance, score }) => ({
          id,
          content: cut(content),
          tags,
          at,
          source: provenance.source,
          score,
        }));
        return { result: { memories }, taint: [...new Set(found.flatMap(({ provenance }) => provenance.taint))] };
      },
    })) as JsonObject;
    const memories = answer['memories'] as unknown as Recalled[];
    if (before?.state !== 'ok' || memories.length === 0 || !memory) return { memories, forgotten: [] };
    const ids = memories.map(({ id }) => id);
    const known = await memory.known(ids, pending).catch(() => new Set(ids));
    return {
      memories: memories.filter(({ id }) => known.has(id)),
      forgotten: memories.filter(({ id }) => !known.has(id)),
    };
  } catch (thrown) {
    if (thrown instanceof RuntimeError && thrown.code !== 'RUN_DIVERGED') return nothingRecalled;
    throw thrown;
  }
}

/** What settled runs and people changed in memory that it does not have yet. */
export function undelivered({ memoryOutbox }: Readonly<Snapshot>): PendingWrite[] {
  return [...memoryOutbox.values()].flatMap(({ at, run, effects }) => memoryWrites(effects, at, run || null));
}

export function memoryWrites(effects: readonly Effect[], at: number, run: string | null): PendingWrite[] {
  return effects.filter(isMemoryEffect).map((effect) => ({ at, run, effect }));
}

function isMemoryEffect(effect: Effect): effect is MemoryEffect {
  return effect.type === 'memory.store' || effect.type === 'memory.forget' || effect.type === 'memory.purge';
}

/** A schedule says nothing about what to do, so the instructions are asked about then. */
function queryFor({ type, trigger, payload }: AgentRun['event'], instructions: string): string {
  const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return (type === 'cron' ? `${trigger} ${instructions}` : `${trigger} ${text(payload)}`).slice(0, queryChars);
}

const cut = (content: string) => (content.length > shownChars ? `${content.slice(0, shownChars)} [cut]` : content);

/** What a run that remembers everything stores of itself. */
export function autoStored(event: AgentRun['event'], run: string, output: Json, taint: string[]): Effect {
  const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const content = `${event.trigger}: ${cut(text(event.payload))}\nDone: ${cut(text(output ?? null))}`;
  const memory = `mem_${sha256(`${run}\nauto_store`).slice(0, 22)}`;
  return { type: 'memory.store', id: memory, content, tags: [], source: 'auto_store', step: null, taint };
}
