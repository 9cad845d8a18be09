import type { JournalEntryView, TriggerEventView } from '../../src/shared/views/views.ts';
import type { NodeChild } from './node-child.ts';

/** Every trigger event that the node has, page by page. */
export async function allEvents(node: NodeChild): Promise<Map<string, TriggerEventView>> {
  const events = new Map<string, TriggerEventView>();
  for (let cursor = ''; ; ) {
    const { items, next } = (await node.call('GET', `/trigger-events?limit=500${cursor}`)).body as {
      items: TriggerEventView[];
      next: string | null;
    };
    for (const item of items) events.set(item.id, item);
    if (!next) return events;
    cursor = `&cursor=${next}`;
  }
}

/** Every entry of a process. */
export async function journalOf(node: NodeChild, name: string): Promise<JournalEntryView[]> {
  const entries: JournalEntryView[] = [];
  for (let after = 0; ; ) {
    const { items } = (await node.call('GET', `/processes/${name}/journal?limit=1000&after=${after}`)).body as {
      items: JournalEntryView[];
    };
    entries.push(...items);
    if (items.length < 1000) return entries;
    after = items.at(-1)?.seq ?? after;
  }
}
