import { expect } from 'vitest';
import { rebuildReadModels } from '../../src/main/runtime/keeping/rebuild.ts';
import type { NewEntry } from '../../src/shared/entries/journal-entries.ts';
import type { InboxItemView } from '../../src/shared/views/views.ts';
import type { HandRuntime } from './hand-runtime.ts';
import { script } from './make.ts';
import { until } from './until.ts';

const once = { trigger_delivery: { max_retries: 0 } };

/** Creates and starts an agent that tries nothing twice. */
export async function create(node: HandRuntime, name: string, body: string, more: object = {}): Promise<void> {
  const manifest = { version: '1.0', name, ...script(body), ...once, max_consecutive_failures: 50, ...more };
  await node.api.createProcess({ manifest: manifest as never, start: true });
}

/** Wakes it, and gives the run that came of it. */
export async function ran(node: HandRuntime, name: string, payload: unknown = {}) {
  const { eventId } = await node.api.wakeProcess({ name, payload: payload as never });
  return until(async () => {
    await node.clock.advance(1);
    return (await node.api.listRuns({ process: name })).items.find((one) => one.eventId === eventId && one.endedAt);
  });
}

/** What is open, of some kinds. */
export const open = async (node: HandRuntime, kind?: string): Promise<InboxItemView[]> =>
  (await node.api.listInbox(kind === undefined ? {} : { kind })).items;

/** The one item of a kind that is open. */
export async function only(node: HandRuntime, kind: string): Promise<InboxItemView> {
  const items = await open(node, kind);
  expect(items).toHaveLength(1);
  return items[0] as InboxItemView;
}

/** The tables say the same when they are made again. */
export async function same(node: HandRuntime): Promise<void> {
  const { differences } = await rebuildReadModels(node.runtime.database, node.runtime.journal);
  expect(differences).toEqual([]);
}

/** An event that came to nothing. */
export function deadEvent(id: string): NewEntry[] {
  const how = { trigger: 'manual', kind: 'manual', priority: 5, notBefore: null, expiresAt: null } as const;
  const error = { code: 'MODEL_UNREACHABLE', message: 'No answer.' };
  return [
    { kind: 'event.accepted', body: { id, dedupeKey: id, payload: {}, metadata: {}, taint: [], ...how } },
    { kind: 'event.ended', body: { id, outcome: 'dead', reason: 'No answer.', by: 'runtime', error } },
  ];
}
