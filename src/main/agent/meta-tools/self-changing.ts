import type { Effect } from '../../../shared/entries/journal-entries.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { MetaToolName } from '../../../shared/open-mode.ts';
import { changeText, type SelfChange, withChange } from '../../../shared/self-change.ts';
import type { Tool, ToolCall } from '../tool.ts';
import { checkChange, draftOf, type Ground } from './bounds.ts';
import type { MetaTool, OpenMode } from './open-mode.ts';

/** Where a call stands: needed to make ids that are the same for every try of it. */
export type CallPlace = Pick<ToolCall, 'run' | 'step'>;

export interface SelfChanging {
  name: MetaToolName;
  description: string;
  parameters: JsonObject;
  isPermitted(mode: OpenMode): boolean;
  /** What the arguments ask for. @throws RuntimeError when they cannot be meant. */
  changeOf(args: JsonObject, mode: OpenMode, place: CallPlace | null): SelfChange;
  /** What takes its time to be looked at. @throws RuntimeError why it cannot be. */
  examine?(change: SelfChange, mode: OpenMode): Promise<void>;
  /** Told to the agent besides. */
  answer?(change: SelfChange): JsonObject;
}

/**
 * A tool by which an agent changes its own definition. The change is an effect of the run: it is in force from the next
 * run on, and a run that fails changes nothing.
 */
export function selfChanging(spec: SelfChanging): MetaTool {
  return {
    name: spec.name,
    isPermitted: spec.isPermitted,
    make(mode): Tool {
      const checked = (args: JsonObject, pending: readonly Effect[], place: CallPlace | null): SelfChange => {
        const change = spec.changeOf(args, mode, place);
        const ground = groundOf(mode, pending);
        checkChange(change, ground);
        mode.read(withChange(ground.manifest, change));
        return change;
      };
      return {
        name: spec.name,
        description: `${spec.description} In force from the next run on.`,
        parameters: spec.parameters,
        reach: 'local',
        check: (args, pending) => void checked(args, pending, null),
        async execute(args, call) {
          const change = checked(args, call.pending ?? [], call);
          await spec.examine?.(change, mode);
          return {
            content: { done: changeText(change), in_force: 'from the next run on', ...spec.answer?.(change) },
            effects: [{ type: 'definition.change', change }],
          };
        },
      };
    },
  };
}

export function groundOf(mode: OpenMode, pending: readonly Effect[]): Ground {
  const { manifest, changes } = draftOf(mode.manifest(), pending);
  return { manifest, written: mode.written(), config: mode.config, changes: mode.changes() + changes };
}
