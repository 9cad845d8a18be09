import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { Bot, Braces, CircleAlert, EarOff, ListEnd, Mail, Plus, Radio, Wrench } from 'lucide-react';
import type { ReactNode } from 'react';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { triggerIcon, triggerNames } from '../agents/trigger-icon.tsx';
import { useProcess } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { brief } from '../ui/format.ts';
import { processLook, StateChip } from '../ui/state-chip.tsx';
import type { PicturePart } from './agent-picture.ts';
import { builtInTools } from './built-in-tools.ts';
import { triggerNotes, triggerWords } from './trigger-words.ts';

/** What the canvas gives each part to draw. */
export interface PartContent extends Record<string, unknown> {
  kind: PicturePart['kind'];
  content: JsonObject;
  /** The agent this is a drawing of, if it lives. */
  process: string | null;
  problems: number;
}
export type PartNode = Node<PartContent, 'part'>;

/** A part of an agent on the canvas. */
export function PartBox({ data, selected }: NodeProps<PartNode>) {
  const { kind, content, process, problems } = data;
  return (
    <div
      className={cx(
        'relative flex h-full flex-col rounded-xl border bg-surface px-3 py-2.5 text-left shadow-raised',
        kind === 'agent' && 'border-accent/60',
        (kind === 'no-trigger' || kind === 'unheard') && 'border-dashed bg-transparent shadow-none',
        kind === 'trigger' && content['enabled'] === false && 'border-dashed opacity-70',
        selected && 'border-accent ring-2 ring-accent/40',
        problems > 0 && 'border-bad ring-2 ring-bad/30',
      )}
    >
      {kind !== 'trigger' && kind !== 'no-trigger' && (
        <Handle
          type="target"
          position={Position.Left}
          isConnectable={false}
          className="!size-0 !min-h-0 !min-w-0 !border-0 opacity-0"
        />
      )}
      {kind !== 'listener' && kind !== 'unheard' && (
        <Handle
          type="source"
          position={Position.Right}
          isConnectable={false}
          className="!size-0 !min-h-0 !min-w-0 !border-0 opacity-0"
        />
      )}
      {problems > 0 && (
        <span className="absolute -top-2.5 right-2 inline-flex items-center gap-1 rounded-full bg-bad-soft px-1.5 font-medium text-[0.6875rem] text-bad">
          <CircleAlert aria-hidden className="size-3" /> {problems}
        </span>
      )}
      {drawings[kind](content, process)}
    </div>
  );
}

const drawings: Record<PicturePart['kind'], (content: JsonObject, process: string | null) => ReactNode> = {
  trigger: (content) => <TriggerDrawing trigger={content} />,
  'no-trigger': () => (
    <span className="flex h-full items-center gap-2 text-dim text-xs">
      <Plus aria-hidden className="size-4 shrink-0" /> Nothing wakes it yet: drag a trigger here, or add one above.
    </span>
  ),
  queue: (content, process) => <QueueDrawing content={content} process={process} />,
  agent: (content, process) => <AgentDrawing content={content} process={process} />,
  tools: (content) => <ToolsDrawing content={content} />,
  state: (content) => <StateDrawing content={content} />,
  emitted: (content) => {
    const Icon = content['kind'] === 'message' ? Mail : Radio;
    const known: Record<string, string> = {
      seen: 'published before',
      script: 'in the script',
      told: 'named in the instructions',
    };
    return (
      <Line
        icon={<Icon aria-hidden className="size-4 text-warn" />}
        title={String(content['name'])}
        text={known[String(content['known'])] ?? ''}
      />
    );
  },
  listener: (content) => (
    <Line
      icon={<Bot aria-hidden className="size-4 text-accent-text" />}
      title={String(content['process'])}
      text={`hears ${String(content['pattern'])}`}
    />
  ),
  unheard: () => (
    <Line icon={<EarOff aria-hidden className="size-4 text-faint" />} title="Nobody listens" text="it wakes nobody" />
  ),
};

function Line({ icon, title, text }: { icon: ReactNode; title: string; text: ReactNode }) {
  return (
    <span className="flex h-full min-w-0 items-center gap-2">
      <span className="shrink-0">{icon}</span>
      <span className="min-w-0">
        <span className="block truncate font-medium text-[0.8125rem] leading-4">{title}</span>
        <span className="block truncate text-[0.6875rem] text-dim">{text}</span>
      </span>
    </span>
  );
}

function TriggerDrawing({ trigger }: { trigger: JsonObject }) {
  const type = String(trigger['type'] ?? '');
  const Icon = triggerIcon(type);
  const notes = triggerNotes(trigger);
  return (
    <>
      <span className="flex items-center gap-1.5 text-[0.6875rem] text-dim">
        <Icon aria-hidden className="size-3.5 text-accent-text" />
        {triggerNames[type] ?? type}
        {typeof trigger['id'] === 'string' && <span className="truncate">· {trigger['id']}</span>}
      </span>
      <span className="mt-0.5 truncate font-medium text-[0.8125rem]" title={triggerWords(trigger)}>
        {triggerWords(trigger)}
      </span>
      <span className="truncate text-[0.6875rem] text-dim">{notes.join(' · ')}</span>
    </>
  );
}

function QueueDrawing({ content, process }: { content: JsonObject; process: string | null }) {
  const waiting = useProcess(process ?? '')?.waiting ?? 0;
  const delivery = isJsonObject(content['delivery']) ? content['delivery'] : {};
  const at = Number(content['concurrency']);
  return (
    <>
      <span className="flex items-center gap-1.5 font-medium text-[0.8125rem]">
        <ListEnd aria-hidden className="size-4 text-faint" /> Queue
        {waiting > 0 && (
          <span className="ml-auto rounded-full bg-busy-soft px-1.5 text-[0.6875rem] text-busy">{waiting} waiting</span>
        )}
      </span>
      <span className="mt-1 text-[0.6875rem] text-dim leading-4">
        {at === 1 ? 'one at a time, in order' : `${at} at the same time`}
        <br />
        {String(delivery['max_retries'] ?? 3)} retries, then set aside
        <br />
        fails after {String(content['failures'])} in a row
      </span>
    </>
  );
}

function AgentDrawing({ content, process }: { content: JsonObject; process: string | null }) {
  const view = useProcess(process ?? '');
  const doing = view?.lastRun?.state === 'running' ? view.lastRun.doing : null;
  const lines = Number(content['lines']);
  const words = brief(content['instructions'] || content['description'] || '', 150);
  return (
    <>
      <span className="flex items-center gap-2">
        <Bot aria-hidden className="size-5 shrink-0 text-accent-text" />
        <span className="min-w-0 flex-1 truncate font-semibold">{String(content['name']) || 'unnamed'}</span>
      </span>
      <span className="mt-1 flex items-center gap-1.5">
        <span className="truncate rounded-md bg-accent-soft px-1.5 font-medium text-[0.6875rem] text-accent-text leading-5">
          {content['model'] === 'script' ? `script, ${lines} lines` : String(content['model'])}
        </span>
        {view && <StateChip of={processLook(view)} />}
      </span>
      <span className="mt-1.5 line-clamp-3 text-[0.75rem] text-dim leading-4">{words}</span>
      {doing && <span className="breathing mt-auto truncate text-[0.6875rem] text-busy">{doing}</span>}
    </>
  );
}

function ToolsDrawing({ content }: { content: JsonObject }) {
  const tools = isJsonObject(content['tools']) ? content['tools'] : {};
  const set = Object.entries(tools);
  const off = set.filter(([, value]) => value === false).map(([name]) => name);
  const on = set.filter(([, value]) => value !== false).map(([name, value]) => name + reachOf(value));
  const byDefault = builtInTools.filter((tool) => tool.byDefault === 'on' && tools[tool.name] === undefined).length;
  return (
    <>
      <span className="flex items-center gap-1.5 font-medium text-[0.8125rem]">
        <Wrench aria-hidden className="size-4 text-faint" /> Tools
      </span>
      <span className="mt-1 line-clamp-2 text-[0.6875rem] text-dim leading-4">
        {[...on, `${byDefault} built in`, ...off.map((name) => `no ${name}`)].join(' · ')}
      </span>
    </>
  );
}

function reachOf(value: Json): string {
  const hosts = isJsonObject(value) && Array.isArray(value['allow_hosts']) ? value['allow_hosts'] : [];
  return hosts.length > 0 ? ` (${hosts.join(', ')})` : '';
}

function StateDrawing({ content }: { content: JsonObject }) {
  const context = isJsonObject(content['context']) ? content['context'] : {};
  const mounts = Object.keys(isJsonObject(context['file_mounts']) ? context['file_mounts'] : {});
  const initial = Object.keys(isJsonObject(context['initial_state']) ? context['initial_state'] : {});
  const parts = [
    mounts.length > 0 ? `folders: ${mounts.join(', ')}` : '',
    initial.length > 0 ? `begins with ${initial.join(', ')}` : '',
    context['conversation_history'] === false
      ? 'no conversation'
      : `conversation of ${String(context['conversation_max_messages'] ?? 100)} messages`,
  ];
  return (
    <>
      <span className="flex items-center gap-1.5 font-medium text-[0.8125rem]">
        <Braces aria-hidden className="size-4 text-faint" /> Context and files
      </span>
      <span className="mt-1 line-clamp-2 text-[0.6875rem] text-dim leading-4">{parts.filter(Boolean).join(' · ')}</span>
    </>
  );
}
