import { ChevronRight, Copy, Trash2, Zap } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { TriggerType } from '../../shared/config/trigger-config.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { RunNow } from '../agents/run-now.tsx';
import { triggerIcon, triggerNames } from '../agents/trigger-icon.tsx';
import { type FormPath, type FormProblem, useFormProcess } from '../forms/form-parts.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { useProcess } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { EmittedDetails } from './emitted-details.tsx';
import { placeOf } from './manifest-text.ts';
import { type FormSection, partSections, triggerSections, triggerTypes } from './part-form-fields.ts';
import { ToolsForm } from './tools-form.tsx';
import type { AgentDraft } from './use-agent-draft.ts';

interface PartFormProps {
  agent: AgentDraft;
  manifest: JsonObject;
  part: string;
  onSelect: (part: string | null) => void;
}

/** The form behind a part of the drawing. */
export function PartForm(props: PartFormProps) {
  const { part, manifest } = props;
  const index = /^trigger:(\d+)$/.exec(part)?.[1];
  if (index !== undefined) return <TriggerForm {...props} index={Number(index)} />;
  if (part.startsWith('emitted:')) return <EmittedDetails process={String(manifest['name'] ?? '')} part={part} />;
  return <SettingsForm {...props} />;
}

function TriggerForm({ agent, manifest, index, onSelect }: PartFormProps & { index: number }) {
  const triggers = Array.isArray(manifest['triggers']) ? manifest['triggers'] : [];
  const trigger = triggers[index];
  const type = isJsonObject(trigger) ? (String(trigger['type']) as TriggerType) : null;
  const sections = useMemo(() => (type && triggerTypes.includes(type) ? triggerSections(type) : []), [type]);
  if (!isJsonObject(trigger)) return null;
  const Icon = triggerIcon(type ?? '');
  const change = (path: FormPath, value: Json | undefined) =>
    agent.edit([{ path: ['triggers', index, ...path], value }], `triggers.${index}.${path.join('.')}`);
  const copy = () => {
    const { id: _id, ...rest } = trigger;
    agent.edit([{ path: ['triggers', triggers.length], value: rest }]);
    onSelect(`trigger:${triggers.length}`);
  };
  const remove = () => {
    agent.edit([{ path: ['triggers', index], value: undefined }]);
    onSelect(null);
  };
  return (
    <>
      <h2 className="mb-3 flex items-center gap-2 font-semibold">
        <Icon aria-hidden className="size-4.5 text-accent-text" /> {triggerNames[type ?? ''] ?? type}
      </h2>
      <Sections
        sections={sections}
        value={trigger}
        at={`triggers[${index}]`}
        problems={agent.checked.check.problems}
        onChange={change}
      />
      <div className="mt-5 flex flex-wrap gap-2 border-t pt-3">
        <TestTrigger index={index} type={type} changed={agent.changed} />
        <Button icon={Copy} onClick={copy}>
          Duplicate
        </Button>
        <Button icon={Trash2} look="danger" onClick={remove}>
          Remove
        </Button>
      </div>
    </>
  );
}

/** Wakes the agent as if the trigger had fired, with a past payload, a file or what is pasted: as it is in force. */
function TestTrigger({ index, type, changed }: { index: number; type: string | null; changed: boolean }) {
  const process = useFormProcess();
  const trigger = useProcess(process ?? '')?.triggers[index];
  const [testing, setTesting] = useState(false);
  if (process === null || trigger?.type !== type) return null;
  return (
    <>
      <Button
        icon={Zap}
        disabled={changed}
        title={changed ? 'Apply what you changed first: what is tried is the version in force.' : undefined}
        onClick={() => setTesting(true)}
      >
        Test with…
      </Button>
      {testing && <RunNow name={process} trigger={trigger.id} onClose={() => setTesting(false)} />}
    </>
  );
}

const titles: Record<string, string> = { queue: 'Queue', agent: 'Agent', tools: 'Tools', state: 'Context and files' };

function SettingsForm({ agent, manifest, part }: PartFormProps) {
  const isScript = manifest['model'] === 'script';
  // biome-ignore lint/correctness/useExhaustiveDependencies: which settings are offered depends on the kind of agent only
  const sections = useMemo(() => partSections(part, manifest), [part, isScript]);
  const value = useMemo(() => flattened(manifest), [manifest]);
  const change = ([key, ...rest]: FormPath, next: Json | undefined) => {
    const [first = '', ...inner] = String(key).split('.');
    agent.edit(
      [{ path: [...placeOf(manifest, first), ...inner, ...rest], value: next }],
      `${part}.${String(key)}.${rest.join('.')}`,
    );
  };
  return (
    <>
      <h2 className="mb-3 font-semibold">{titles[part] ?? part}</h2>
      {part === 'tools' && <ToolsForm agent={agent} manifest={manifest} />}
      <Sections sections={sections} value={value} at="" problems={agent.checked.check.problems} onChange={change} />
    </>
  );
}

/** Sections whose settings stand flat in the form, under dotted names; with those of the `config` block of older files. */
function flattened(manifest: JsonObject): JsonObject {
  const block = isJsonObject(manifest['config']) ? manifest['config'] : {};
  const flat: JsonObject = { ...block, ...manifest };
  for (const [key, value] of Object.entries(flat)) {
    if (!isJsonObject(value)) continue;
    for (const [inner, innerValue] of Object.entries(value)) flat[`${key}.${inner}`] = innerValue;
  }
  return flat;
}

interface SectionsProps {
  sections: readonly FormSection[];
  value: JsonObject;
  at: string;
  problems: readonly FormProblem[];
  onChange: (path: FormPath, value: Json | undefined) => void;
}

export function Sections({ sections, ...rest }: SectionsProps) {
  return (
    <div className="flex flex-col gap-4">
      {sections.map((section) => (
        <Section key={section.title} section={section} {...rest} />
      ))}
    </div>
  );
}

function Section({ section, ...rest }: Omit<SectionsProps, 'sections'> & { section: FormSection }) {
  const isSet = section.fields.some(({ key }) => key !== 'id' && rest.value[key] !== undefined);
  const [open, setOpen] = useState(!section.folded || isSet);
  const form = <SchemaForm fields={section.fields} {...rest} />;
  if (section.title === '') return form;
  return (
    <section className="border-t pt-3">
      <h3>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="mb-2 flex w-full items-center gap-1 rounded font-semibold text-[0.8125rem]"
        >
          <ChevronRight aria-hidden className={cx('size-4 text-faint transition-transform', open && 'rotate-90')} />
          {section.title}
        </button>
      </h3>
      {open && form}
    </section>
  );
}
