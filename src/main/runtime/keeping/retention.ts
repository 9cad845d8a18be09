import { isJsonObject, type Json } from '../../../shared/json.ts';
import {
  type RetentionChanges,
  type RetentionKey,
  retentionDefaults,
} from '../../../shared/operations/retention-operations.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import type { NodeStream } from '../node-stream.ts';

const kept = { runsDays: 'runs_days', eventsDays: 'events_days', trashDays: 'trash_days' } as const;

/** Days by what is kept for so long. */
export type RetentionDays = Readonly<Record<RetentionKey, number>>;

/** How long things are kept, as the node's own stream says. */
export class Retention {
  readonly #node: () => NodeStream;

  constructor(node: () => NodeStream) {
    this.#node = node;
  }

  get days(): RetentionDays {
    const set = this.#node().setting('retention') ?? {};
    const read = (key: RetentionKey) => {
      const value = set[kept[key]];
      return typeof value === 'number' && value >= 0 ? value : retentionDefaults[key];
    };
    return { runsDays: read('runsDays'), eventsDays: read('eventsDays'), trashDays: read('trashDays') };
  }

  /** As it would be after these changes. */
  with(changes: RetentionChanges): RetentionDays {
    const next = { ...this.days };
    for (const key of Object.keys(kept) as RetentionKey[]) {
      const value = changes[key];
      if (value !== undefined) next[key] = value ?? retentionDefaults[key];
    }
    return next;
  }

  async set(changes: RetentionChanges, by: string): Promise<void> {
    const next = this.with(changes);
    const changed = (Object.keys(kept) as RetentionKey[]).filter((key) => next[key] !== retentionDefaults[key]);
    const settings = Object.fromEntries(changed.map((key) => [kept[key], next[key]]));
    await this.#node().configure('retention', changed.length > 0 ? settings : null, by);
  }
}

/** How long the runs of a process are kept by its own manifest; undefined where that does not say. */
export function ownRetention({ knownConfig, snapshot }: AgentProcess): number | undefined {
  const { manifest } = snapshot.definition ?? {};
  if (!knownConfig || !manifest) return undefined;
  return says(manifest['journal']) || (isJsonObject(manifest['config']) && says(manifest['config']['journal']))
    ? knownConfig.journal.retentionDays
    : undefined;
}

function says(journal: Json | undefined): boolean {
  return isJsonObject(journal) && ('retention_days' in journal || 'retentionDays' in journal);
}
