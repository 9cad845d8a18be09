import type { MemoryConfig } from '../../../shared/config/memory-config.ts';

export type MemoryProviderName = MemoryConfig['provider'];

/** Where a memory came from. */
export interface Provenance {
  process: string;
  /** Null: a person stored it. */
  run: string | null;
  step: number | null;
  /** `agent`, `auto_store`, or who stored it. */
  source: string;
  /** Where untrusted parts of it come from. */
  taint: string[];
}

export interface MemoryRecord {
  id: string;
  content: string;
  tags: string[];
  /** Epoch ms. */
  at: number;
  provenance: Provenance;
}

export interface FoundMemory extends MemoryRecord {
  /** 0 to 1: how much it has to do with the query. Lists are in the provider's order, which may weigh more than this. */
  score: number;
  /** What found it. */
  by: 'text' | 'vector' | 'both';
}

export interface MemoryQuery {
  text: string;
  limit: number;
  signal: AbortSignal;
}

/** Calls come in again after a crash; a `space` is what one owner sees: nothing of one space is ever seen in another. */
export interface MemoryProvider {
  readonly name: MemoryProviderName;
  /** The same id twice in a space is one memory, the first. */
  store(space: string, record: MemoryRecord, signal: AbortSignal): Promise<void>;
  /** Best first. @throws RuntimeError `MEMORY_UNAVAILABLE` */
  search(space: string, query: MemoryQuery): Promise<FoundMemory[]>;
  /** Those of `ids` that are there. */
  find(space: string, ids: readonly string[], signal: AbortSignal): Promise<MemoryRecord[]>;
  /** Newest first. `cursor` is `next` of the page before. */
  list(
    space: string,
    page: { limit: number; cursor?: string; signal: AbortSignal },
  ): Promise<{ items: MemoryRecord[]; next: string | null }>;
  /** Does nothing where there is no such memory. */
  forget(space: string, id: string, signal: AbortSignal): Promise<void>;
  /** Forgets everything of the space. */
  purge(space: string, signal: AbortSignal): Promise<void>;
  /** Leaves nothing of what was forgotten in its own files, as far as it can. */
  scrub?(): Promise<void>;
  /** Whether there is surely nothing to recall. May say no for want of knowing. */
  isEmpty(space: string): boolean;
  close(): Promise<void>;
}

/** Turns texts into vectors of one length, so that texts of like meaning lie near each other. */
export interface Embedder {
  /** Vectors of different ids cannot be compared. */
  readonly id: string;
  /** As many vectors as texts, in their order. @throws RuntimeError `MEMORY_UNAVAILABLE` */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
}
