import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { EarOff, UserRound } from 'lucide-react';
import { TriggerIcons } from '../agents/trigger-icon.tsx';
import { hrefs } from '../frame/route.ts';
import { cx } from '../ui/cx.ts';
import { processLook, runLooks, StateIcon } from '../ui/state-chip.tsx';
import { useAnyProcess } from './use-everyone.ts';

export interface MapNodeContent extends Record<string, unknown> {
  kind: 'agent' | 'outside' | 'unheard';
  name: string;
}
export type MapNode = Node<MapNodeContent, 'agent'>;

const handleLook = '!size-3 !rounded-full !border-2 !border-surface !bg-edge hover:!bg-accent';

/** An agent on the map; a line can be drawn from its right edge to the left edge of who shall listen. */
export function AgentDot({ data, selected }: NodeProps<MapNode>) {
  const isAgent = data.kind === 'agent';
  return (
    <div
      className={cx(
        'flex h-full items-center rounded-xl border bg-surface px-3 shadow-raised',
        !isAgent && 'border-dashed bg-transparent shadow-none',
        selected && 'border-accent ring-2 ring-accent/40',
      )}
    >
      {data.kind !== 'outside' && (
        <Handle
          type="target"
          position={Position.Left}
          isConnectable={isAgent}
          className={isAgent ? handleLook : 'opacity-0'}
        />
      )}
      {data.kind !== 'unheard' && (
        <Handle
          type="source"
          position={Position.Right}
          isConnectable={isAgent}
          className={isAgent ? handleLook : 'opacity-0'}
        />
      )}
      {data.kind === 'agent' ? <Agent name={data.name} /> : <Other kind={data.kind} name={data.name} />}
    </div>
  );
}

function Agent({ name }: { name: string }) {
  const view = useAnyProcess(name);
  if (!view) return null;
  const busy = view.lastRun?.state === 'running';
  return (
    <span className="flex w-full min-w-0 flex-col gap-1">
      <span className="flex min-w-0 items-center gap-2">
        <StateIcon of={busy ? runLooks.running : processLook(view)} />
        <a
          href={hrefs.agent(name)}
          className="nodrag min-w-0 flex-1 truncate font-semibold text-[0.8125rem] hover:underline"
        >
          {name}
        </a>
      </span>
      <span className="flex items-center justify-between gap-2">
        <TriggerIcons triggers={view.triggers} />
        <span className="truncate text-[0.6875rem] text-dim">
          {busy
            ? (view.lastRun?.doing ?? 'at work')
            : view.waiting > 0
              ? `${view.waiting} waiting`
              : view.model === 'script'
                ? 'script'
                : view.model}
        </span>
      </span>
    </span>
  );
}

function Other({ kind, name }: { kind: 'outside' | 'unheard'; name: string }) {
  const Icon = kind === 'outside' ? UserRound : EarOff;
  return (
    <span className="flex min-w-0 items-center gap-2 text-dim text-xs">
      <Icon aria-hidden className="size-4 shrink-0" />
      <span className="min-w-0">
        <span className="block truncate">{kind === 'outside' ? name : 'Nobody hears'}</span>
        {kind === 'unheard' && <span className="block truncate font-medium">{name}</span>}
      </span>
    </span>
  );
}
