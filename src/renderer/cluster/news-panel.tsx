import { Megaphone } from 'lucide-react';
import type { RuntimeNotice } from '../../shared/notices.ts';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import { useRuntime } from '../stores/use-runtime.ts';
import { Panel } from '../ui/panel.tsx';
import { At } from '../ui/time.tsx';
import { withNames } from './use-cluster.ts';

const shown = 12;

/** What happened to nodes, and to where agents live, since this window was opened. */
export function NewsPanel({ view }: { view: ClusterView }) {
  const news = useRuntime((state) => state.clusterNews);
  if (news.length === 0) return null;
  return (
    <Panel title="Lately" icon={Megaphone}>
      <ol aria-label="What happened lately" className="flex flex-col gap-1 text-[0.8125rem]">
        {news
          .slice(-shown)
          .reverse()
          .map((notice) => (
            <li key={`${notice.boot}:${notice.seq}`} className="flex items-baseline gap-3">
              <At at={notice.at} className="w-16 shrink-0 text-faint text-xs tabular-nums" />
              <span className="min-w-0 break-words">{withNames(view, wordsOf(notice))}</span>
            </li>
          ))}
      </ol>
    </Panel>
  );
}

const nodeWords: Record<string, string> = {
  alive: 'answers',
  suspect: 'does not answer',
  dead: 'is gone',
  asleep: 'went to sleep',
};

function wordsOf({ process, state = '', text = '' }: RuntimeNotice): string {
  switch (state) {
    case 'moved':
      return `${process} lives on ${text} now`;
    case 'arrived':
      return `${process} came to this node: ${text.replace(/^node (?=\w{56})/, '')}`;
    case 'yielded':
      return `${process} was given up here${text ? `: ${text} has it` : ''}`;
    case 'branched':
      return `What ${process} did here alone is kept as a branch`;
    case 'duplicate':
      return `Two nodes claim to be ${text}`;
    default:
      return `${text} ${nodeWords[state] ?? state}`;
  }
}
