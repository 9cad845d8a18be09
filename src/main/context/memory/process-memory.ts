import type { MemoryConfig } from '../../../shared/config/memory-config.ts';
import { toMs } from '../../../shared/duration.ts';
import type { MemoryEffect } from '../../../shared/entries/journal-entries.ts';
import type { FoundMemory, MemoryProvider, MemoryRecord } from './memory-provider.ts';
import { coverage, queryWords } from './words.ts';

/** Writes that are on their way: of the run that asks, and of runs that have settled but are not delivered yet. */
export interface PendingWrite {
  at: number;
  run: string | null;
  effect: MemoryEffect;
}

/** What one process remembers, wherever that is kept. */
export class ProcessMemory {
  readonly process: string;
  readonly config: MemoryConfig;
  readonly space: string;
  readonly #provider: MemoryProvider;

  constructor(process: string, config: MemoryConfig, provider: MemoryProvider) {
    this.process = process;
    this.config = config;
    this.#provider = provider;
    this.space = spaceOf(process, config);
  }

  get provider(): MemoryProvider['name'] {
    return this.#provider.name;
  }

  isEmpty(pending: readonly PendingWrite[]): boolean {
    return pending.length === 0 && this.#provider.isEmpty(this.space);
  }

  /** Best first. What is still on its way counts as done. @throws RuntimeError `MEMORY_UNAVAILABLE` */
  async search(
    text: string,
    limit: number,
    pending: readonly PendingWrite[],
    signal?: AbortSignal,
  ): Promise<FoundMemory[]> {
    const { stored, isForgotten } = this.#overlay(pending);
    const found = await this.#provider.search(this.space, {
      text,
      limit: limit + pending.length,
      signal: this.#timed(signal),
    });
    const kept = found.filter(({ id, score }) => !isForgotten(id) && !stored.has(id) && score >= this.config.minScore);
    const words = queryWords(text);
    const fresh = [...stored.values()].flatMap((record): FoundMemory[] => {
      const score = coverage(words, `${record.content} ${record.tags.join(' ')}`);
      return score > 0 && score >= this.config.minScore ? [{ ...record, score, by: 'text' }] : [];
    });
    if (fresh.length === 0) return kept.slice(0, limit);
    return [...kept, ...fresh].sort((a, b) => b.score - a.score).slice(0, limit);
  }

  /** Which of `ids` can still be recalled. */
  async known(ids: readonly string[], pending: readonly PendingWrite[], signal?: AbortSignal): Promise<Set<string>> {
    const { stored, isForgotten } = this.#overlay(pending);
    const asked = ids.filter((id) => !stored.has(id) && !isForgotten(id));
    const found = asked.length > 0 ? await this.#provider.find(this.space, asked, this.#timed(signal)) : [];
    return new Set([...ids.filter((id) => stored.has(id)), ...found.map(({ id }) => id)]);
  }

  list(page: { limit: number; cursor?: string }): Promise<{ items: MemoryRecord[]; next: string | null }> {
    return this.#provider.list(this.space, { ...page, signal: this.#timed() });
  }

  /** Makes the writes of one settled run, in order. They may come again. @throws RuntimeError `MEMORY_UNAVAILABLE` */
  async apply(writes: readonly PendingWrite[]): Promise<void> {
    for (const write of writes) {
      const { effect } = write;
      const signal = this.#timed();
      if (effect.type === 'memory.store') await this.#provider.store(this.space, this.#record(write, effect), signal);
      else if (effect.type === 'memory.forget') await this.#provider.forget(this.space, effect.id, signal);
      else await this.#provider.purge(this.space, signal);
    }
  }

  /** Leaves nothing of what was forgotten in the files it is kept in. */
  async scrub(): Promise<void> {
    await this.#provider.scrub?.();
  }

  #overlay(pending: readonly PendingWrite[]): { stored: Map<string, MemoryRecord>; isForgotten(id: string): boolean } {
    const stored = new Map<string, MemoryRecord>();
    const forgotten = new Set<string>();
    let isPurged = false;
    for (const write of pending) {
      const { effect } = write;
      if (effect.type === 'memory.store') stored.set(effect.id, this.#record(write, effect));
      else if (effect.type === 'memory.forget') {
        stored.delete(effect.id);
        forgotten.add(effect.id);
      } else {
        stored.clear();
        isPurged = true;
      }
    }
    return { stored, isForgotten: (id) => isPurged || forgotten.has(id) };
  }

  #record(
    { at, run }: PendingWrite,
    { id, content, tags, source, step, taint }: Extract<MemoryEffect, { type: 'memory.store' }>,
  ): MemoryRecord {
    return { id, content, tags, at, provenance: { process: this.process, run, step, source, taint } };
  }

  #timed(signal?: AbortSignal): AbortSignal {
    const limit = AbortSignal.timeout(Math.max(1, toMs(this.config.timeout)));
    return signal ? AbortSignal.any([signal, limit]) : limit;
  }
}

/** What an agent's memory is kept under: its own, or that of everyone who shares it. */
function spaceOf(process: string, { collection, scope, userId }: MemoryConfig): string {
  return scope === 'shared' ? `${collection}/shared/${userId}` : `${collection}/process/${process}`;
}
