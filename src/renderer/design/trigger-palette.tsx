import type { TriggerType } from '../../shared/config/trigger-config.ts';
import { triggerIcon, triggerNames } from '../agents/trigger-icon.tsx';
import { Tip } from '../ui/tip.tsx';
import { triggerDragType } from './agent-canvas.tsx';
import { triggerTypes } from './part-form-fields.ts';

/** The kinds of triggers: choose one, or drag it onto the drawing. */
export function TriggerPalette({ onAdd }: { onAdd: (type: TriggerType) => void }) {
  return (
    <div role="toolbar" aria-label="Add a trigger" className="flex items-center gap-1">
      <span className="mr-1 text-dim text-xs narrow:hidden">Add</span>
      {triggerTypes.map((type) => {
        const Icon = triggerIcon(type);
        return (
          <Tip key={type} text={`Add: ${triggerNames[type]}. It can be dragged, too.`}>
            <button
              type="button"
              draggable
              onDragStart={(event) => event.dataTransfer.setData(triggerDragType, type)}
              onClick={() => onAdd(type)}
              className="inline-flex h-7 cursor-grab items-center gap-1.5 rounded-md border border-edge/70 bg-surface px-2 font-medium text-xs hover:bg-hover active:cursor-grabbing"
            >
              <Icon aria-hidden className="size-3.5 text-accent-text" />
              <span className="max-lg:sr-only">{triggerNames[type]}</span>
            </button>
          </Tip>
        );
      })}
    </div>
  );
}
