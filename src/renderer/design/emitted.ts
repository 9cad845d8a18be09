import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import type { ProcessView } from '../../shared/views/views.ts';

/** Something an agent tells others, and how the window knows. */
export interface Emitted {
  kind: 'event' | 'message';
  name: string;
  /** `seen`: it was published before; `script`: the script says so; `told`: the instructions name it. */
  known: 'seen' | 'script' | 'told';
}

/** What others listen to, as far as drawing needs it. */
export interface Listener {
  process: string;
  kind: 'event' | 'message';
  /** With wildcards, as the trigger has it. */
  pattern: string;
  /** Only from this process. */
  source: string | null;
  trigger: string;
  enabled: boolean;
}

/** `orders.*` matches one more word, `orders.>` any number. */
export function matchesPattern(pattern: string, name: string): boolean {
  const wanted = pattern.split('.');
  const words = name.split('.');
  for (const [index, part] of wanted.entries()) {
    if (part === '>') return words.length > index;
    if (index >= words.length || (part !== '*' && part !== words[index])) return false;
  }
  return wanted.length === words.length;
}

/** What a manifest says that its agent emits: from the calls in its script, and from quoted names in its instructions. */
export function emittedBy(manifest: JsonObject): Emitted[] {
  const script = typeof manifest['script'] === 'string' ? manifest['script'] : '';
  const instructions = typeof manifest['instructions'] === 'string' ? manifest['instructions'] : '';
  const found: Emitted[] = [
    ...namesIn(script, /\bagent\.emit\(\s*['"`]([^'"`\n]+)['"`]/g).map(
      (name): Emitted => ({ kind: 'event', name, known: 'script' }),
    ),
    ...namesIn(script, /\bagent\.send\(\s*['"`]([^'"`\n]+)['"`]/g).map(
      (name): Emitted => ({ kind: 'message', name, known: 'script' }),
    ),
    ...namesIn(instructions, /['"`]([a-z][\w-]*(?:\.[\w-]+)+)['"`]/g).map(
      (name): Emitted => ({ kind: 'event', name, known: 'told' }),
    ),
  ];
  return unique(found);
}

export function unique(emitted: readonly Emitted[]): Emitted[] {
  const byName = new Map<string, Emitted>();
  for (const one of emitted) {
    const key = `${one.kind}:${one.name}`;
    if (!byName.has(key)) byName.set(key, one);
  }
  return [...byName.values()];
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
}

/** The event and message triggers of agents, as listeners. */
export function listenersOf(process: string, triggers: readonly Json[], ids: readonly string[] = []): Listener[] {
  return triggers.flatMap((trigger, index): Listener[] => {
    if (!isJsonObject(trigger)) return [];
    const { type, event_type, event_source, topic, enabled, id } = trigger;
    const shared = { process, trigger: ids[index] ?? String(id ?? index), enabled: enabled !== false };
    if (type === 'event' && typeof event_type === 'string') {
      return [
        {
          ...shared,
          kind: 'event',
          pattern: event_type,
          source: typeof event_source === 'string' ? event_source : null,
        },
      ];
    }
    return type === 'message' && typeof topic === 'string'
      ? [{ ...shared, kind: 'message', pattern: topic, source: null }]
      : [];
  });
}

export function listenersAmong(processes: readonly ProcessView[]): Listener[] {
  return processes.flatMap(({ name, triggers }) =>
    listenersOf(
      name,
      triggers.map(({ config, type, enabled }) => ({ ...config, type, enabled })),
      triggers.map(({ id }) => id),
    ),
  );
}

export function hears(listener: Listener, emitted: Pick<Emitted, 'kind' | 'name'>, from: string): boolean {
  if (!listener.enabled || listener.kind !== emitted.kind || (listener.source !== null && listener.source !== from))
    return false;
  return matchesPattern(listener.pattern, emitted.name);
}
