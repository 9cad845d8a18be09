import {
  BookText,
  CirclePlay,
  CircleStop,
  Code,
  CopyPlus,
  FileDown,
  Pause,
  PencilRuler,
  Play,
  RotateCw,
  Trash2,
  Zap,
} from 'lucide-react';
import type { RuntimeClient } from '../../shared/api.ts';
import type { ProcessState } from '../../shared/lifecycle.ts';
import { newAgentKey, useDrafts } from '../design/draft-store.ts';
import { freeName, renamed } from '../design/starter-manifest.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useClient, useRuntimeStore } from '../stores/use-runtime.ts';
import { IconButton } from '../ui/button.tsx';
import { download } from '../ui/download.ts';
import { LightMenu, type MenuEntry, type MenuPlace, MenuRows } from '../ui/menu.tsx';
import { act } from '../ui/use-action.ts';
import { possible, useAgentActions } from './agent-actions.ts';

interface AgentButtonsProps {
  name: string;
  state: ProcessState;
  onRun: (name: string) => void;
  onDelete: (name: string) => void;
  /** Another button beside them runs it already. */
  withoutRun?: boolean;
  /** For a row that nobody is at: only the menu can be reached, and nothing is drawn until somebody comes. */
  bare?: boolean;
}

/** Start or stop, suspend or resume, run now, and the rest in a menu. */
export function AgentButtons(props: AgentButtonsProps) {
  const { name, state, onRun, onDelete, withoutRun = false, bare = false } = props;
  return (
    <span className="flex items-center">
      {!bare && <QuickButtons name={name} state={state} onRun={withoutRun ? null : onRun} />}
      <LightMenu
        label={`More for ${name}`}
        bare={bare}
        rows={(place) => <MoreRows {...place} name={name} canRestart={possible(state).restart} onDelete={onDelete} />}
      />
    </span>
  );
}

interface QuickButtonsProps {
  name: string;
  state: ProcessState;
  /** null: it is run elsewhere. */
  onRun: ((name: string) => void) | null;
}

function QuickButtons({ name, state, onRun }: QuickButtonsProps) {
  const actions = useAgentActions();
  const can = possible(state);
  return (
    <>
      {can.start ? (
        <IconButton
          light
          icon={CirclePlay}
          asks="startProcess"
          label={`Start ${name}`}
          keys="startStop"
          onClick={() => actions.start(name)}
        />
      ) : (
        <IconButton
          light
          icon={CircleStop}
          asks="stopProcess"
          label={`Stop ${name}`}
          keys="startStop"
          disabled={!can.stop}
          onClick={() => actions.stop(name)}
        />
      )}
      {can.resume ? (
        <IconButton
          light
          icon={Play}
          asks="resumeProcess"
          label={`Resume ${name}`}
          keys="suspend"
          onClick={() => actions.resume(name)}
        />
      ) : (
        <IconButton
          light
          icon={Pause}
          asks="suspendProcess"
          label={`Suspend ${name}`}
          keys="suspend"
          disabled={!can.suspend}
          onClick={() => actions.suspend(name)}
        />
      )}
      {onRun && (
        <IconButton
          light
          icon={Zap}
          asks="wakeProcess"
          label={`Run ${name} now`}
          keys="run"
          disabled={!can.wake}
          onClick={() => onRun(name)}
        />
      )}
    </>
  );
}

interface MoreRowsProps extends MenuPlace {
  name: string;
  canRestart: boolean;
  onDelete: (name: string) => void;
}

function MoreRows({ name, canRestart, onDelete, ...place }: MoreRowsProps) {
  const actions = useAgentActions();
  const client = useClient();
  const open = useDrafts((state) => state.open);
  const write = useDrafts((state) => state.write);
  const taken = useRuntimeStore();
  const copy = () =>
    act(async () => {
      const { manifest } = await client.getProcess({ name });
      const text = renamed(manifest, freeName(Object.keys(taken.getState().processes), `${name}-copy`));
      open(newAgentKey, text, 1);
      // A draft that was begun is one undo away.
      write(newAgentKey, text, 'copy');
      navigate('#/new');
    });
  const entries: MenuEntry[] = [
    {
      label: 'Restart',
      icon: RotateCw,
      keys: 'restart',
      asks: 'restartProcess',
      disabled: !canRestart,
      run: () => actions.restart(name),
    },
    { label: 'Design', icon: PencilRuler, keys: 'edit', run: () => navigate(hrefs.agent(name, 'design')) },
    { label: 'Manifest', icon: Code, keys: 'yaml', run: () => navigate(hrefs.agent(name, 'manifest')) },
    { label: 'Journal', icon: BookText, keys: 'logs', run: () => navigate(hrefs.agent(name, 'journal')) },
    { label: 'Copy as a new agent…', icon: CopyPlus, asks: 'createProcess', run: () => void copy() },
    { label: 'Export…', icon: FileDown, asks: 'exportProcess', run: () => void save(client, name) },
    {
      label: 'Delete…',
      icon: Trash2,
      danger: true,
      apart: true,
      asks: 'deleteProcess',
      run: () => onDelete(name),
    },
  ];
  return <MenuRows {...place} entries={entries} />;
}

/** An agent as one file: what it is and all that happened to it, without its secrets. */
async function save(client: RuntimeClient, name: string): Promise<void> {
  await act(async () => download(`${name}.agent-export.json`, JSON.stringify(await client.exportProcess({ name }))), {
    done: `“${name}” was saved as a file.`,
  });
}
