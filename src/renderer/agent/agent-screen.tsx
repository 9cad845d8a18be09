import { ChevronLeft, SearchX, Server, Zap } from 'lucide-react';
import { lazy, type ReactNode, useState } from 'react';
import type { OperationName } from '../../shared/api.ts';
import { possible, useAgentActions } from '../agents/agent-actions.ts';
import { AgentButtons } from '../agents/agent-buttons.tsx';
import { DeleteAgents } from '../agents/delete-agent.tsx';
import { RunNow } from '../agents/run-now.tsx';
import { hrefs, navigate } from '../frame/route.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useAnyProcess } from '../map/use-everyone.ts';
import { Allowed, NotHere } from '../stores/access.tsx';
import { useShownNode } from '../stores/shown-node.tsx';
import { useProcess, useRuntime } from '../stores/use-runtime.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { Empty, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { processLook, StateChip } from '../ui/state-chip.tsx';
import { type TabLink, TabLinks } from '../ui/tab-links.tsx';
import { AgentContextTab } from './context-tab.tsx';
import { ConversationTab } from './conversation-tab.tsx';
import { JournalTab } from './journal-tab.tsx';
import { LettersTab } from './letters-tab.tsx';
import { LimitsTab } from './limits-tab.tsx';
import { MemoryTab } from './memory-tab.tsx';
import { AgentOverview } from './overview-tab.tsx';
import { AgentRunsTab } from './runs-tab.tsx';
import { TriggersTab } from './triggers-tab.tsx';

const DesignTab = lazy(() => import('../design/design-tab.tsx').then(({ DesignTab }) => ({ default: DesignTab })));
const FilesTab = lazy(() => import('./files-tab.tsx').then(({ FilesTab }) => ({ default: FilesTab })));
const VersionsTab = lazy(() => import('./versions-tab.tsx').then(({ VersionsTab }) => ({ default: VersionsTab })));
const ManifestTab = lazy(() =>
  import('../design/manifest-tab.tsx').then(({ ManifestTab }) => ({ default: ManifestTab })),
);

const tabNames: Record<string, string> = {
  overview: 'Overview',
  design: 'Design',
  runs: 'Runs',
  triggers: 'Triggers',
  context: 'Context',
  conversation: 'Conversation',
  letters: 'Inbox',
  memory: 'Memory',
  files: 'Files',
  limits: 'Limits',
  journal: 'Journal',
  manifest: 'Manifest',
  versions: 'Versions',
};
/** Tabs that fill the screen and scroll inside themselves. */
const fixedTabs = new Set(['design', 'manifest', 'journal', 'runs']);

export function AgentScreen({ name, tab }: { name: string; tab: string }) {
  const view = useProcess(name);
  const ready = useRuntime((state) => state.ready);
  const wide = useMedia('(width >= 52rem)');
  const [running, setRunning] = useState(false);
  const [deleting, setDeleting] = useState(false);
  useAgentScreenKeys(name, () => setRunning(true));
  if (!view) return <Missing name={name} ready={ready} />;
  return (
    <Screen
      title={name}
      fixed={fixedTabs.has(tab)}
      subtitle={view.description}
      lead={<Back />}
      actions={
        <>
          <StateChip of={processLook(view)} />
          <AgentButtons
            name={name}
            state={view.state}
            withoutRun={wide}
            onRun={() => setRunning(true)}
            onDelete={() => setDeleting(true)}
          />
          <Button
            look="solid"
            asks="wakeProcess"
            size="md"
            icon={Zap}
            disabled={!possible(view.state).wake}
            onClick={() => setRunning(true)}
            className="narrow:hidden"
          >
            Run now
          </Button>
        </>
      }
      bar={<TabLinks label={`Parts of ${name}`} current={tab} tabs={tabsOf(name, view.triggers.length)} />}
    >
      {tabOf(tab, name)}
      {running && <RunNow name={name} onClose={() => setRunning(false)} />}
      {deleting && (
        <DeleteAgents names={[name]} onClose={() => setDeleting(false)} onDeleted={() => navigate('#/agents')} />
      )}
    </Screen>
  );
}

function tabOf(tab: string, name: string): ReactNode {
  const tabs: Record<string, ReactNode> = {
    overview: <AgentOverview name={name} />,
    design: <DesignTab name={name} />,
    runs: <AgentRunsTab name={name} />,
    triggers: <TriggersTab name={name} />,
    context: <AgentContextTab name={name} />,
    conversation: <ConversationTab name={name} />,
    letters: <LettersTab name={name} />,
    memory: <MemoryTab name={name} />,
    files: <FilesTab name={name} />,
    limits: <LimitsTab name={name} />,
    journal: <JournalTab name={name} />,
    manifest: <ManifestTab name={name} />,
    versions: <VersionsTab name={name} />,
  };
  const shown = tabs[tab];
  if (shown && draftTabs.has(tab)) return <Allowed asks="updateProcess">{shown}</Allowed>;
  const asks = doneHere[tab];
  if (shown)
    return (
      <>
        {asks && <NotHere asks={asks} />}
        {shown}
      </>
    );
  return <Empty icon={SearchX} title={`An agent has no part called “${tab}”.`} />;
}

/** Nothing in these but a draft that would be applied in the end. */
const draftTabs = new Set(['design', 'manifest']);
/** What is done in the others, for a sentence about it; their controls say each for itself what they ask. */
const doneHere: Readonly<Record<string, OperationName>> = {
  triggers: 'updateTrigger',
  limits: 'updateProcess',
  versions: 'restoreVersion',
  context: 'setContext',
  conversation: 'chat',
  letters: 'sendToProcess',
  memory: 'storeMemory',
};

function tabsOf(name: string, triggers: number): TabLink[] {
  return Object.entries(tabNames).map(([id, text]) => ({
    id,
    text,
    href: id === 'overview' ? hrefs.agent(name) : hrefs.agent(name, id),
    count: id === 'triggers' ? triggers : undefined,
  }));
}

function useAgentScreenKeys(name: string, run: () => void): void {
  const actions = useAgentActions();
  const state = useProcess(name)?.state ?? 'stopped';
  useShortcuts({
    run,
    startStop: () => actions.startOrStop(name, state),
    suspend: () => actions.suspendOrResume(name, state),
    restart: () => actions.restart(name),
    logs: () => navigate(hrefs.agent(name, 'journal')),
    edit: () => navigate(hrefs.agent(name, 'design')),
    yaml: () => navigate(hrefs.agent(name, 'manifest')),
  });
}

function Back() {
  return (
    <a
      href="#/agents"
      aria-label="All agents"
      title="All agents"
      className="-ml-2 inline-flex size-8 items-center justify-center rounded-md text-dim hover:bg-hover"
    >
      <ChevronLeft aria-hidden className="size-5" />
    </a>
  );
}

function Missing({ name, ready }: { name: string; ready: boolean }) {
  const { choose } = useShownNode();
  const elsewhere = useAnyProcess(name);
  return (
    <Screen title={name}>
      {ready && elsewhere?.node !== undefined ? (
        <Empty icon={Server} title={`“${name}” lives on another node.`}>
          <p>Everything about it is shown there.</p>
          <Button look="solid" size="md" onClick={() => choose(elsewhere.node ?? null)}>
            Look at that node
          </Button>
        </Empty>
      ) : ready ? (
        <Empty icon={SearchX} title={`There is no agent called “${name}”.`}>
          <p>It may have been deleted or renamed, here or in another window.</p>
          <LinkButton href="#/agents">All agents</LinkButton>
        </Empty>
      ) : (
        <Loading rows={8} />
      )}
    </Screen>
  );
}
