import { ProcessConfig } from '../../shared/config/process-config.ts';
import {
  CronTrigger,
  EventTrigger,
  FileWatchTrigger,
  MessageTrigger,
  type TriggerType,
  WebhookTrigger,
} from '../../shared/config/trigger-config.ts';
import type { JsonObject } from '../../shared/json.ts';
import { type FormField, fieldsOf, omit, pick } from '../forms/form-field.ts';

/** A group of settings in the form of a part; folded ones open when something in them is set. */
export interface FormSection {
  title: string;
  fields: FormField[];
  folded: boolean;
}

export const triggerSchemas = {
  cron: CronTrigger,
  webhook: WebhookTrigger,
  file_watch: FileWatchTrigger,
  event: EventTrigger,
  message: MessageTrigger,
};
export const triggerTypes = Object.keys(triggerSchemas) as TriggerType[];

const commonTriggerKeys = [
  'filter_expression',
  'priority',
  'debounce',
  'rate_limit',
  'expires_after',
  'wake_gate',
  'id',
];
/** Kept for older files; not offered in a form. */
const withoutEffect = ['webhook_port', 'webhook_host'];
const folded: Partial<Record<TriggerType, string[]>> = {
  cron: ['catch_up', 'catch_up_max', 'overlap', 'jitter'],
  webhook: ['signature_header', 'signature_tolerance', 'allowed_sources', 'dedupe_header'],
  file_watch: ['watch_debounce_seconds', 'recursive', 'initial_scan', 'content_preview'],
};

export function triggerSections(type: TriggerType): FormSection[] {
  const fields = omit(fieldsOf(triggerSchemas[type]), withoutEffect);
  const later = folded[type] ?? [];
  const first = omit(fields, [...commonTriggerKeys, ...later]);
  const sections = [
    { title: '', fields: [...pick(first, ['enabled']), ...omit(first, ['enabled'])], folded: false },
    { title: type === 'cron' ? 'When it is late or busy' : 'More', fields: pick(fields, later), folded: true },
    { title: 'Filter and pace', fields: pick(fields, commonTriggerKeys), folded: true },
  ];
  return sections.filter((section) => section.fields.length > 0);
}

const queueKeys = ['concurrency', 'in_doubt_policy', 'max_consecutive_failures'];
const runKeys = ['max_turns', 'max_steps', 'max_invocation_time'];
const lifeKeys = ['restart_policy', 'max_restarts', 'restart_backoff', 'autostart'];
const toolKeys = ['servers', 'tool_timeout'];
const agentKeys = ['description', 'model', 'models', 'instructions', 'script', 'tags'];
/** Have a part or a form of their own. */
const elsewhere = ['triggers', 'tools', 'trigger_delivery', 'context', 'journal'];
const placed = [...queueKeys, ...runKeys, ...lifeKeys, ...toolKeys, ...agentKeys, ...elsewhere];

/** Settings of the agent itself, by the part of the drawing they belong to. What is new in the schema shows by itself. */
export function partSections(part: string, manifest: JsonObject): FormSection[] {
  const all = fieldsOf(ProcessConfig);
  const section = (title: string, keys: readonly string[], isFolded = false): FormSection => ({
    title,
    fields: pick(all, keys),
    folded: isFolded,
  });
  const inside = (key: string): FormField[] => {
    const field = all.find((candidate) => candidate.key === key);
    return field?.kind.type === 'group'
      ? field.kind.fields.map((inner) => ({ ...inner, key: `${key}.${inner.key}` }))
      : [];
  };
  switch (part) {
    case 'queue':
      return [
        section('', ['concurrency', 'in_doubt_policy']),
        {
          title: 'When a run fails',
          fields: [...inside('trigger_delivery'), ...pick(all, ['max_consecutive_failures'])],
          folded: false,
        },
      ];
    case 'agent': {
      const first =
        manifest['model'] === 'script' ? ['description', 'model', 'script'] : ['description', 'model', 'instructions'];
      const others = agentKeys.filter((key) => !first.includes(key));
      const rest: FormSection[] = omit(all, placed).map((field) => ({
        title: field.title,
        fields: field.kind.type === 'group' ? inside(field.key) : [field],
        folded: true,
      }));
      return [
        section('', first),
        section('More', others, true),
        section('Limits of a run', runKeys, true),
        section('When it fails', lifeKeys, true),
        ...rest,
      ];
    }
    case 'tools':
      return [
        section('Servers that give more tools', ['servers'], true),
        section('Limits of a call', ['tool_timeout'], true),
      ];
    case 'state':
      return [
        { title: '', fields: inside('context'), folded: false },
        { title: 'Journal', fields: inside('journal'), folded: true },
      ];
    default:
      return [];
  }
}
