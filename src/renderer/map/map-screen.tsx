import { Cable, Mail, Network, Radio, RefreshCw, RotateCcw } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useMay } from '../stores/access.tsx';
import { useRead, useRuntime } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { Empty, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { EdgePane } from './edge-pane.tsx';
import { loopsOf } from './loops.ts';
import { LoopsPane } from './loops-pane.tsx';
import { MapCanvas } from './map-canvas.tsx';
import { processGraph } from './process-graph.ts';
import { PublishDialog } from './publish-dialog.tsx';
import { SubscribeDialog } from './subscribe-dialog.tsx';
import { TopicsPane } from './topics-pane.tsx';
import { useEveryone } from './use-everyone.ts';

/** Edges are drawn from the newest events. */
const eventsRead = 500;

/** All agents, and who wakes whom. */
export function MapScreen() {
  const processes = useEveryone();
  const may = useMay();
  const ready = useRuntime((state) => state.ready);
  const events = useRead('map:events', ['bus'], (client) => client.listEvents({ limit: eventsRead, nodes: 'all' }))
    .value?.items;
  const messages = useRead('map:messages', ['bus', 'runs', 'events'], (client) =>
    client.listMessages({ limit: 300, nodes: 'all' }),
  ).value?.items;
  const moved = useWorkspace((state) => Object.keys(state.mapPositions).length > 0);
  const arrange = useWorkspace((state) => state.arrange);
  const [edge, setEdge] = useState<string | null>(null);
  const [speaking, setSpeaking] = useState(false);
  const [beside, setBeside] = useState<'nothing' | 'topics' | 'loops'>('nothing');
  const [drawn, setDrawn] = useState<{ from: string | null; to: string | null } | null>(null);
  const graph = useMemo(() => processGraph(processes, events ?? [], messages ?? []), [processes, events, messages]);
  const chosen = graph.edges.find(({ id }) => id === edge);
  const loops = useMemo(() => loopsOf(graph.edges), [graph]);
  const dead = messages?.filter(({ state }) => state === 'dead').length ?? 0;
  const unheard = graph.nodes.filter(({ kind }) => kind === 'unheard').length;
  const facts = [plural(graph.edges.length - unheard, 'connection')];
  if (loops.length > 0) facts.push(plural(loops.length, 'loop'));
  if (unheard > 0) facts.push(plural(unheard, 'event nobody hears', 'events nobody hears'));
  if (dead > 0) facts.push(plural(dead, 'dead message'));
  const show = (what: typeof beside) => {
    setEdge(null);
    setBeside(beside === what && !chosen ? 'nothing' : what);
  };
  return (
    <Screen
      title="Map"
      fixed
      subtitle={processes.length > 0 && facts.join(', ')}
      actions={
        <>
          <Button icon={Radio} asks="publishEvent" onClick={() => setSpeaking(true)}>
            Say something…
          </Button>
          <Button
            icon={Cable}
            asks="addTrigger"
            disabled={processes.length === 0}
            onClick={() => setDrawn({ from: null, to: null })}
          >
            Connect…
          </Button>
          <Button icon={Mail} aria-pressed={beside === 'topics' && !chosen} onClick={() => show('topics')}>
            Topics
          </Button>
          <Button icon={RefreshCw} aria-pressed={beside === 'loops' && !chosen} onClick={() => show('loops')}>
            Loops
          </Button>
          <Button icon={RotateCcw} disabled={!moved} onClick={() => arrange({ mapPositions: {} })}>
            Tidy up
          </Button>
        </>
      }
    >
      {!ready && (
        <div className="px-6">
          <Loading />
        </div>
      )}
      {ready && processes.length === 0 && (
        <Empty icon={Network} title="Nothing to draw yet">
          <p>Agents stand here, with the events that go from one to the other.</p>
          <LinkButton href="#/templates" asks="createProcess">
            Choose a template
          </LinkButton>
        </Empty>
      )}
      {processes.length > 0 && (
        <div className="relative flex min-h-0 flex-1 border-t">
          <div className="min-w-0 flex-1 bg-sunken/60">
            <MapCanvas
              graph={graph}
              chosen={edge}
              onChoose={setEdge}
              onDraw={may('addTrigger') ? (from, to) => setDrawn({ from, to }) : null}
            />
          </div>
          {chosen && (
            <EdgePane
              key={chosen.id}
              edge={chosen}
              loop={loops.find(({ edges }) => edges.includes(chosen))}
              onChoose={setEdge}
              onClose={() => setEdge(null)}
            />
          )}
          {beside === 'topics' && !chosen && <TopicsPane onClose={() => setBeside('nothing')} />}
          {beside === 'loops' && !chosen && (
            <LoopsPane loops={loops} onChoose={setEdge} onClose={() => setBeside('nothing')} />
          )}
        </div>
      )}
      {speaking && <PublishDialog onClose={() => setSpeaking(false)} />}
      {drawn && <SubscribeDialog from={drawn.from} to={drawn.to} onClose={() => setDrawn(null)} />}
    </Screen>
  );
}
