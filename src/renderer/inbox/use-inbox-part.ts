import { useMemo } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import type { InboxItemView } from '../../shared/views/views.ts';
import { isActionable, useActionable } from '../stores/actionable.ts';
import type { Read } from '../stores/reads.ts';
import { useRead, useRuntime } from '../stores/use-runtime.ts';

export type Shown = 'open' | 'results' | 'snoozed' | 'answered';

/** So many results and answered items are read; older ones come when newer ones are out of the way. */
const readAtOnce = 100;

interface InboxPart {
  items: readonly InboxItemView[];
  /** What is read for this view alone. */
  read: Read<{ items: InboxItemView[] }> & { reload: () => void };
}

/** The items of a part of the inbox, of one kind where one is wanted. */
export function useInboxPart(show: Shown, kind: string): InboxPart {
  const all = useRuntime((state) => state.inbox);
  const open = useActionable();
  const isRead = show === 'answered' || show === 'results';
  const read = useRead(`inbox:${isRead ? show : ''}`, isRead ? ['inbox'] : [], (client) => itemsOf(client, show));
  const items = useMemo(() => {
    if (isRead) return read.value?.items ?? [];
    if (show === 'snoozed') return all.filter((item) => !isActionable(item));
    return kind === '' ? open : open.filter((item) => item.kind === kind);
  }, [isRead, show, kind, open, all, read.value]);
  return { items, read };
}

async function itemsOf(client: RuntimeClient, show: Shown): Promise<{ items: InboxItemView[] }> {
  if (show === 'answered') return client.listInbox({ state: 'answered', limit: readAtOnce });
  if (show === 'results') return client.listInbox({ state: 'open', kind: 'finished', limit: readAtOnce });
  return { items: [] };
}
