import { ChevronLeft, Redo2, Undo2, Zap } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { hrefs, navigate } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient, useProcesses } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { LazyCode } from '../ui/lazy-code.tsx';
import { Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { useAction } from '../ui/use-action.ts';
import { DesignEditor } from './design-editor.tsx';
import { newAgentKey, useDrafts } from './draft-store.ts';
import { ProblemList } from './problem-list.tsx';
import { freeName, starterManifest } from './starter-manifest.ts';
import { type AgentDraft, useDraft } from './use-agent-draft.ts';

/** A new agent, drawn or written, and created when it is right. */
export function NewAgentScreen(_props: { query: Record<string, string> }) {
  const open = useDrafts((state) => state.open);
  const processes = useProcesses();
  const agent = useDraft(newAgentKey);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a name is chosen once, when the draft begins
  useEffect(() => open(newAgentKey, starterManifest(freeName(processes.map(({ name }) => name)), 'script'), 1), [open]);
  return agent ? <NewAgent agent={agent} /> : <Loading />;
}

function NewAgent({ agent }: { agent: AgentDraft }) {
  const [as, setAs] = useState<'drawing' | 'manifest'>('drawing');
  const [busy, create] = useCreate(agent);
  const { checked, draft, write, undo, redo } = agent;
  const ready = checked.check.valid && !checked.pending && agent.read.ok;
  useShortcuts({
    apply: () => (ready ? void create() : false),
    undo: () => (draft.past.length > 0 ? undo() : false),
    redo: () => (draft.future.length > 0 ? redo() : false),
  });
  const bar = (tools: React.ReactNode) => (
    <div className="flex flex-wrap items-center gap-1.5 px-6 py-2 narrow:px-4">
      {tools}
      <IconButton icon={Undo2} label="Undo" keys="undo" disabled={draft.past.length === 0} onClick={undo} />
      <IconButton icon={Redo2} label="Redo" keys="redo" disabled={draft.future.length === 0} onClick={redo} />
    </div>
  );
  return (
    <Screen
      title="New agent"
      fixed
      lead={
        <a
          href="#/agents"
          aria-label="All agents"
          title="All agents"
          className="-ml-2 inline-flex size-8 items-center justify-center rounded-md text-dim hover:bg-hover"
        >
          <ChevronLeft aria-hidden className="size-5" />
        </a>
      }
      actions={
        <>
          <Segmented
            label="Show as"
            value={as}
            options={[
              { value: 'drawing', text: 'Drawing' },
              { value: 'manifest', text: 'Manifest' },
            ]}
            onChange={setAs}
          />
          <Button size="md" look="solid" icon={Zap} disabled={!ready || busy} onClick={() => void create()}>
            Create and start
          </Button>
        </>
      }
      bar={<Basics agent={agent} />}
    >
      {as === 'drawing' ? (
        <DesignEditor agent={agent} process={null} firstSelected="agent" bar={bar} />
      ) : (
        <div className="min-h-0 flex-1 px-6 py-3 narrow:px-4">
          <LazyCode
            language="yaml"
            label="Manifest"
            value={draft.text}
            problems={checked.check.problems}
            onChange={(text) => write(text, 'text')}
            className="h-full"
          />
        </div>
      )}
      <ProblemList problems={checked.check.problems} warnings={[]} />
    </Screen>
  );
}

/** Its name, and whether it thinks with a model. */
function Basics({ agent }: { agent: AgentDraft }) {
  const field = useId();
  const manifest = agent.read.ok ? agent.read.value : {};
  const name = String(manifest['name'] ?? '');
  const isScript = manifest['model'] === 'script';
  const think = (how: 'script' | 'model') => {
    const starter = starterManifest(name || 'new-agent', how);
    agent.write(
      agent.draft.text === starterManifest(name, how === 'script' ? 'model' : 'script') ? starter : agent.draft.text,
    );
    if (agent.draft.text === starterManifest(name, how === 'script' ? 'model' : 'script')) return;
    agent.edit([{ path: ['model'], value: how === 'script' ? 'script' : 'openai:gpt-5-mini' }]);
  };
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 pb-1">
      <label htmlFor={field} className="flex items-center gap-2 text-[0.8125rem]">
        <span className="font-medium">Name</span>
        <TextField
          id={field}
          value={name}
          onChange={(event) => agent.edit([{ path: ['name'], value: event.target.value }], 'name')}
          className="h-8 w-56"
        />
      </label>
      <span className="flex items-center gap-2 text-[0.8125rem]">
        <span className="font-medium">Thinks with</span>
        <Segmented
          label="Thinks with"
          value={isScript ? 'script' : 'model'}
          options={[
            { value: 'script', text: 'a script, no key' },
            { value: 'model', text: 'a model' },
          ]}
          onChange={think}
        />
      </span>
    </div>
  );
}

function useCreate(agent: AgentDraft): [busy: boolean, create: () => Promise<void>] {
  const client = useClient();
  const drop = useDrafts((state) => state.drop);
  const [busy, act] = useAction();
  const create = async () => {
    let name = '';
    const done = await act(async () => {
      name = (await client.createProcess({ manifest: agent.draft.text, start: true })).name;
    });
    if (!done) return;
    drop(newAgentKey);
    navigate(hrefs.agent(name));
  };
  return [busy, create];
}
