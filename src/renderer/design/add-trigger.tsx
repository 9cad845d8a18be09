import { Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { TriggerType } from '../../shared/config/trigger-config.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { triggerIcon, triggerNames } from '../agents/trigger-icon.tsx';
import type { FormPath } from '../forms/form-parts.ts';
import { useClient } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { act } from '../ui/use-action.ts';
import { newTrigger } from './new-trigger.ts';
import { Sections } from './part-form.tsx';
import { triggerSections, triggerTypes } from './part-form-fields.ts';
import { SayTrigger } from './say-trigger.tsx';

/** Gives an agent one more trigger, without going to its drawing. */
export function AddTrigger({ name, onClose }: { name: string; onClose: () => void }) {
  const client = useClient();
  const [trigger, setTrigger] = useState<JsonObject>(() => newTrigger('cron'));
  /** How often one was said: the form begins anew with it. */
  const [said, setSaid] = useState(0);
  const type = trigger['type'] as TriggerType;
  const sections = useMemo(() => triggerSections(type), [type]);
  const add = async () => {
    let id = '';
    return act(
      async () => {
        id = (await client.addTrigger({ name, trigger })).id;
      },
      { done: `“${name}” has a new trigger.`, undo: () => client.removeTrigger({ name, id }) },
    );
  };
  return (
    <FormDialog
      title={`Add a trigger to ${name}`}
      onClose={onClose}
      asks="addTrigger"
      submit="Add"
      icon={Plus}
      onSubmit={add}
    >
      <div className="mb-4">
        <SayTrigger
          use="Use"
          onTrigger={(next) => {
            setTrigger(next);
            setSaid((times) => times + 1);
          }}
        />
      </div>
      <fieldset aria-label="Kind" className="mb-4 flex flex-wrap gap-2">
        {triggerTypes.map((option) => {
          const Icon = triggerIcon(option);
          return (
            <button
              key={option}
              type="button"
              aria-pressed={option === type}
              onClick={() => setTrigger(newTrigger(option))}
              className={cx(
                'flex min-w-24 flex-1 flex-col items-center gap-1 rounded-lg border px-2 py-2.5 font-medium text-xs hover:bg-hover',
                option === type && 'border-accent bg-accent-soft text-accent-text hover:bg-accent-soft',
              )}
            >
              <Icon aria-hidden className="size-5" />
              {triggerNames[option]}
            </button>
          );
        })}
      </fieldset>
      <Sections
        key={`${type} ${said}`}
        sections={sections}
        value={trigger}
        at=""
        problems={[]}
        onChange={(path, value) => setTrigger(withValue(trigger, path, value))}
      />
    </FormDialog>
  );
}

function withValue(target: JsonObject, path: FormPath, value: Json | undefined): JsonObject {
  const [key, ...rest] = path;
  const name = String(key);
  if (rest.length > 0) {
    const inner = target[name];
    return { ...target, [name]: withValue((inner ?? {}) as JsonObject, rest, value) };
  }
  if (value !== undefined) return { ...target, [name]: value };
  const { [name]: _gone, ...others } = target;
  return others;
}
