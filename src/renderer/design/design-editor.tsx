import { CalendarRange, List, Sparkles, Workflow } from 'lucide-react';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import type { TriggerType } from '../../shared/config/trigger-config.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { FormProcessContext } from '../forms/form-parts.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNote } from '../ui/notes.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { AgentCanvas } from './agent-canvas.tsx';
import { agentPicture, type PicturePart } from './agent-picture.ts';
import { newTrigger } from './new-trigger.ts';
import { PartList } from './part-list.tsx';
import { PartPane } from './part-pane.tsx';
import { SayTrigger } from './say-trigger.tsx';
import { TriggerPalette } from './trigger-palette.tsx';
import type { AgentDraft } from './use-agent-draft.ts';
import { useEmitted, useListeners } from './use-emitted.ts';
import { WeekDialog } from './week-dialog.tsx';

interface DesignEditorProps {
  agent: AgentDraft;
  /** The agent that lives, if it does. */
  process: string | null;
  firstSelected?: string | null;
  /** Draws the bar above, around the tools given to it. */
  bar: (tools: ReactNode) => ReactNode;
}

const nothing: JsonObject = {};
const noTriggers: Json[] = [];

/** Draws the draft, as canvas or as list, and opens the form of the part that was chosen. */
export function DesignEditor({ agent, process, firstSelected = null, bar }: DesignEditorProps) {
  const wide = useMedia('(width >= 52rem)');
  const view = useWorkspace((state) => state.designView);
  const arrange = useWorkspace((state) => state.arrange);
  const [selected, setSelected] = useState<string | null>(firstSelected);
  const [week, setWeek] = useState(false);
  const [saying, setSaying] = useState(false);
  const { read, checked, edit } = agent;
  const manifest = read.ok ? read.value : nothing;
  const emitted = useEmitted(process ?? '', manifest);
  const listeners = useListeners();
  const picture = useMemo(() => agentPicture(manifest, emitted, listeners), [manifest, emitted, listeners]);
  const { problems } = checked.check;
  const problemsOf = useCallback(
    (part: PicturePart) => problems.filter(({ path }) => isAbout(part, path)).length,
    [problems],
  );
  const triggerList = Array.isArray(manifest['triggers']) ? manifest['triggers'] : noTriggers;
  const triggers = triggerList.length;
  const put = (trigger: JsonObject) => {
    edit([{ path: ['triggers', triggers], value: trigger }]);
    setSelected(`trigger:${triggers}`);
  };
  const add = (type: TriggerType) => put(newTrigger(type));
  const canvas = wide && view === 'canvas';
  const tools = (
    <>
      {wide && (
        <Segmented
          label="Show as"
          iconsOnly
          value={view}
          options={[
            { value: 'canvas', text: 'Drawing', icon: Workflow },
            { value: 'list', text: 'List', icon: List },
          ]}
          onChange={(designView) => arrange({ designView })}
        />
      )}
      <TriggerPalette onAdd={add} />
      <IconButton icon={Sparkles} label="Say what wakes it" onClick={() => setSaying(true)} />
      <IconButton icon={CalendarRange} label="The next seven days" onClick={() => setWeek(true)} />
    </>
  );
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {bar(tools)}
      {saying && (
        <Dialog title="Add a trigger by a sentence" onClose={() => setSaying(false)}>
          <SayTrigger
            use="Add"
            onTrigger={(trigger) => {
              put(trigger);
              setSaying(false);
            }}
          />
        </Dialog>
      )}
      {week && <WeekDialog process={process} triggers={triggerList} onClose={() => setWeek(false)} />}
      {!read.ok && (
        <ErrorNote
          error={{
            code: 'MANIFEST_INVALID',
            message: `Line ${read.line}: ${read.message}. Correct it in the manifest.`,
          }}
          className="mx-6 mb-3"
        />
      )}
      <div className="flex min-h-0 flex-1 border-t narrow:flex-col narrow:overflow-y-auto">
        <div
          className={canvas ? 'min-w-0 flex-1 bg-sunken/60' : 'min-w-0 flex-1 overflow-y-auto pt-3 narrow:flex-none'}
        >
          {canvas ? (
            <AgentCanvas
              picture={picture}
              process={process}
              selected={selected}
              onSelect={setSelected}
              onDropTrigger={add}
              problemsOf={problemsOf}
            />
          ) : (
            <PartList picture={picture} selected={selected} onSelect={setSelected} problemsOf={problemsOf} />
          )}
        </div>
        {selected && (
          <FormProcessContext value={process}>
            <PartPane key={selected} agent={agent} manifest={manifest} part={selected} onSelect={setSelected} />
          </FormProcessContext>
        )}
      </div>
    </div>
  );
}

/** Whether a problem the node found belongs to a part of the drawing. */
function isAbout({ id, kind }: PicturePart, path: string): boolean {
  const trigger = /^triggers\[(\d+)\]/.exec(path)?.[1];
  if (trigger !== undefined) return id === `trigger:${trigger}`;
  const top = /^[a-z_]+/.exec(path.replace(/^config\./, ''))?.[0] ?? '';
  if (top === 'tools') return kind === 'tools';
  if (top === 'context' || top === 'journal') return kind === 'state';
  if (['concurrency', 'trigger_delivery', 'in_doubt_policy', 'max_consecutive_failures'].includes(top))
    return kind === 'queue';
  return kind === 'agent' && top !== 'triggers';
}
