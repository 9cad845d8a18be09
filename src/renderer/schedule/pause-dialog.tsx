import { CalendarOff } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import type { PauseWindow } from '../../shared/config/pause-config.ts';
import { useProcesses } from '../stores/use-runtime.ts';
import { Checkbox, Choice, TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { draftOf, idFor, newDraft, type PauseDraft, weekdays, windowOf } from './pause-draft.ts';

interface PauseDialogProps {
  /** Left out: a new one. */
  window?: PauseWindow;
  taken: readonly string[];
  onClose: () => void;
  onKeep: (window: PauseWindow) => Promise<boolean>;
}

/** One pause window: when, for whom, and what becomes of what is planned in it. */
export function PauseDialog({ window: given, taken, onClose, onKeep }: PauseDialogProps) {
  const processes = useProcesses();
  const names = useId();
  const [draft, setDraft] = useState<PauseDraft>(() => (given ? draftOf(given, Date.now()) : newDraft(Date.now())));
  const change = (changes: Partial<PauseDraft>) => setDraft((before) => ({ ...before, ...changes }));
  const window = windowOf(draft, given?.id ?? idFor(draft.title, taken), given?.enabled ?? true);
  const { kind } = draft;
  return (
    <FormDialog
      title={given ? 'Pause window' : 'New pause window'}
      description="Schedules do not wake agents in it. Webhooks, files, events, messages and you still do."
      onClose={onClose}
      asks="setPauses"
      submit="Keep"
      icon={CalendarOff}
      ready={window !== null}
      onSubmit={() => (window ? onKeep(window) : Promise.resolve(false))}
    >
      <div className="flex flex-col gap-4">
        <Field text="Called">
          {(id) => (
            <TextField
              id={id}
              autoFocus
              placeholder="Quiet hours"
              value={draft.title}
              onChange={(event) => change({ title: event.target.value })}
            />
          )}
        </Field>
        <Segmented
          label="When"
          value={kind}
          options={[
            { value: 'hours', text: 'Daily hours' },
            { value: 'once', text: 'Once' },
          ]}
          onChange={(next) => change({ kind: next })}
        />
        {kind === 'once' ? (
          <div className="flex flex-wrap gap-3">
            <Input type="datetime-local" text="From" value={draft.from} onChange={(from) => change({ from })} />
            <Input type="datetime-local" text="Until" value={draft.until} onChange={(until) => change({ until })} />
          </div>
        ) : (
          <>
            <div className="flex flex-wrap gap-3">
              <Input type="time" text="From" value={draft.start} onChange={(start) => change({ start })} />
              <Input type="time" text="To" value={draft.end} onChange={(end) => change({ end })} />
              <Input type="text" text="Time zone" value={draft.zone} onChange={(zone) => change({ zone })} />
            </div>
            <fieldset className="flex flex-wrap gap-3 text-[0.8125rem]">
              <legend className="mb-1 font-medium">Beginning on</legend>
              {weekdays.map((name) => (
                <span key={name} className="inline-flex items-center gap-1.5 capitalize">
                  <Checkbox
                    label={name}
                    checked={draft.days.includes(name)}
                    onChange={(on) =>
                      change({ days: weekdays.filter((one) => (one === name ? on : draft.days.includes(one))) })
                    }
                  />
                  <span aria-hidden>{name}</span>
                </span>
              ))}
            </fieldset>
          </>
        )}
        <Field text="Of which agents">
          {(id) => (
            <>
              <TextField
                id={id}
                list={names}
                placeholder="All agents"
                value={draft.processes}
                onChange={(event) => change({ processes: event.target.value })}
              />
              <datalist id={names}>
                {processes.map(({ name }) => (
                  <option key={name} value={name} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field text="What is planned in it">
          {(id) => (
            <Choice
              id={id}
              value={draft.policy}
              onChange={(event) => change({ policy: event.target.value === 'hold' ? 'hold' : 'skip' })}
            >
              <option value="skip">is left out, and the hole says why</option>
              <option value="hold">waits for the end: one of each schedule</option>
            </Choice>
          )}
        </Field>
      </div>
    </FormDialog>
  );
}

function Field({ text, children }: { text: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <label htmlFor={id} className="flex flex-col gap-1 text-[0.8125rem]">
      <span className="font-medium">{text}</span>
      {children(id)}
    </label>
  );
}

interface InputProps {
  type: string;
  text: string;
  value: string;
  onChange: (value: string) => void;
}

function Input({ type, text, value, onChange }: InputProps) {
  return (
    <Field text={text}>
      {(id) => <TextField id={id} type={type} value={value} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}
