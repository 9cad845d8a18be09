import { ChevronDown, Server, Share2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ClusterNodeView } from '../../shared/views/cluster-views.ts';
import { nodeLooks } from '../cluster/node-looks.ts';
import { useShownNode } from '../stores/shown-node.tsx';
import { useRuntime } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { Menu, type MenuEntry } from '../ui/menu.tsx';
import { useNow } from '../ui/use-now.ts';
import { navigate } from './route.ts';

/** The node this window shows; in a cluster, a way to look at another one. */
export function NodeSwitcher() {
  const { node: shown, choose } = useShownNode();
  const name = useRuntime((state) => state.node?.name ?? '');
  const live = useRuntime((state) => state.connection.state === 'live');
  const nodes = useNodes();
  const label = name || nodes.find(({ node }) => node === shown)?.name || 'Connecting…';
  const inside = (
    <>
      <span aria-hidden className={cx('size-2 shrink-0 rounded-full', live ? 'bg-ok' : 'bg-bad')} />
      <span className="max-w-40 truncate">{label}</span>
    </>
  );
  if (nodes.length < 2 && shown === null) {
    return (
      <span
        className="flex min-w-0 shrink items-center gap-2 font-medium text-[0.8125rem]"
        title="The node this window shows"
      >
        {inside}
      </span>
    );
  }
  const entries: MenuEntry[] = nodes.map(({ node, name: text, words, self, state }) => ({
    label: `${text}${isTwin(nodes, text) ? `, ${words}` : ''}${self ? ' (this computer)' : ''}${state === 'alive' ? '' : `: ${nodeLooks[state].text.toLowerCase()}`}`,
    icon: Server,
    disabled: (self ? null : node) === shown,
    run: () => choose(self ? null : node),
  }));
  if (nodes.length === 0) entries.push({ label: 'Back to this computer', icon: Server, run: () => choose(null) });
  entries.push({ label: 'Cluster', icon: Share2, apart: true, run: () => navigate('#/cluster') });
  return (
    <Menu
      trigger={
        <button
          type="button"
          title="The node this window shows; choose another one"
          className="flex h-8 min-w-0 shrink items-center gap-2 rounded-md px-2 font-medium text-[0.8125rem] hover:bg-hover"
        >
          <span className="sr-only">Node: </span>
          {inside}
          <ChevronDown aria-hidden className="size-3.5 shrink-0 text-faint" />
        </button>
      }
      entries={entries}
    />
  );
}

/** Two computers may have the same name; their words tell them apart. */
const isTwin = (nodes: readonly ClusterNodeView[], name: string): boolean =>
  nodes.filter((node) => node.name === name).length > 1;

const everyMs = 15_000;

/** The nodes of the cluster as the node of this window knows them, also while another one is shown. */
function useNodes(): readonly ClusterNodeView[] {
  const { home } = useShownNode();
  const [nodes, setNodes] = useState<readonly ClusterNodeView[]>([]);
  const tick = useNow(everyMs);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tick is what makes it old
  useEffect(() => {
    let over = false;
    home
      .cluster({})
      .then(({ nodes: known }) => over || setNodes(known))
      .catch(() => over || setNodes([]));
    return () => {
      over = true;
    };
  }, [home, tick]);
  return nodes;
}
