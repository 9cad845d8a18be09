import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { type Emitted, hears, type Listener } from './emitted.ts';

/** A part of an agent as it is drawn. `part` names the form behind it: `trigger:0`, `queue`, `agent`, `tools`, `state`. */
export interface PicturePart {
  id: string;
  kind: 'trigger' | 'no-trigger' | 'queue' | 'agent' | 'tools' | 'state' | 'emitted' | 'listener' | 'unheard';
  x: number;
  y: number;
  width: number;
  height: number;
  /** What is written on it; each kind has its own. */
  content: JsonObject;
}

export interface PictureLink {
  id: string;
  from: string;
  to: string;
  dashed: boolean;
}

export interface Picture {
  parts: PicturePart[];
  links: PictureLink[];
}

const columns = { trigger: 0, queue: 286, agent: 528, emitted: 850, listener: 1098 };
const widths = { trigger: 236, queue: 192, agent: 272, emitted: 200, listener: 176 };
const triggerHeight = 76;
const agentHeight = 150;
const partHeight = 84;
const smallHeight = 52;
const gap = 16;

/** Where each part of an agent stands: what wakes it on the left, what it tells others on the right. Pure. */
export function agentPicture(
  manifest: JsonObject,
  emitted: readonly Emitted[],
  listeners: readonly Listener[],
): Picture {
  const name = typeof manifest['name'] === 'string' ? manifest['name'] : '';
  const parts: PicturePart[] = [];
  const links: PictureLink[] = [];
  const link = (from: string, to: string, dashed = false) => links.push({ id: `${from}→${to}`, from, to, dashed });

  parts.push(
    part('agent', 'agent', columns.agent, -agentHeight / 2, widths.agent, agentHeight, agentContent(manifest)),
  );
  parts.push(
    part('queue', 'queue', columns.queue, -partHeight / 2 - 8, widths.queue, partHeight + 16, queueContent(manifest)),
  );
  link('queue', 'agent');
  parts.push(
    part('tools', 'tools', columns.agent, agentHeight / 2 + gap * 1.5, widths.agent, partHeight, {
      tools: manifest['tools'] ?? {},
    }),
  );
  parts.push(
    part('state', 'state', columns.agent, agentHeight / 2 + gap * 3 + partHeight, widths.agent, partHeight, {
      context: manifest['context'] ?? {},
    }),
  );

  const triggers = Array.isArray(manifest['triggers']) ? manifest['triggers'] : [];
  const ys = spread(Math.max(1, triggers.length), triggerHeight);
  triggers.forEach((trigger, index) => {
    const id = `trigger:${index}`;
    parts.push(
      part(
        id,
        'trigger',
        columns.trigger,
        ys[index] ?? 0,
        widths.trigger,
        triggerHeight,
        isJsonObject(trigger) ? trigger : {},
      ),
    );
    link(id, 'queue', isJsonObject(trigger) && trigger['enabled'] === false);
  });
  if (triggers.length === 0) {
    parts.push(part('no-trigger', 'no-trigger', columns.trigger, ys[0] ?? 0, widths.trigger, triggerHeight, {}));
    link('no-trigger', 'queue', true);
  }
  const right = rightSide(name, emitted, listeners);
  return { parts: [...parts, ...right.parts], links: [...links, ...right.links] };
}

function rightSide(name: string, emitted: readonly Emitted[], listeners: readonly Listener[]): Picture {
  const parts: PicturePart[] = [];
  const links: PictureLink[] = [];
  const groups = emitted.map((one) => ({ one, heard: listeners.filter((listener) => hears(listener, one, name)) }));
  const total = groups.reduce((sum, { heard }) => sum + Math.max(1, heard.length), 0);
  let y = -(total * (smallHeight + gap) - gap) / 2;
  for (const { one, heard } of groups) {
    const id = `emitted:${one.kind}:${one.name}`;
    const rows = Math.max(1, heard.length);
    const height = rows * (smallHeight + gap) - gap;
    parts.push(
      part(id, 'emitted', columns.emitted, y + (height - smallHeight) / 2, widths.emitted, smallHeight, { ...one }),
    );
    links.push({ id: `agent→${id}`, from: 'agent', to: id, dashed: one.known === 'told' });
    heard.forEach((listener, index) => {
      const listenerId = `listener:${one.name}:${listener.process}:${listener.trigger}`;
      const at = y + index * (smallHeight + gap);
      parts.push(
        part(listenerId, 'listener', columns.listener, at, widths.listener, smallHeight, {
          process: listener.process,
          pattern: listener.pattern,
        }),
      );
      links.push({ id: `${id}→${listenerId}`, from: id, to: listenerId, dashed: false });
    });
    if (heard.length === 0) {
      parts.push(part(`unheard:${one.name}`, 'unheard', columns.listener, y, widths.listener, smallHeight, {}));
      links.push({ id: `${id}→unheard`, from: id, to: `unheard:${one.name}`, dashed: true });
    }
    y += height + gap;
  }
  return { parts, links };
}

/** So many boxes of one height, one under the other, around zero. */
function spread(count: number, height: number): number[] {
  const whole = count * (height + gap) - gap;
  return Array.from({ length: count }, (_, index) => -whole / 2 + index * (height + gap));
}

function part(
  id: string,
  kind: PicturePart['kind'],
  x: number,
  y: number,
  width: number,
  height: number,
  content: JsonObject,
): PicturePart {
  return { id, kind, x, y, width, height, content };
}

function agentContent(manifest: JsonObject): JsonObject {
  const { name, model, description, instructions, script } = manifest;
  return {
    name: name ?? '',
    model: modelText(model),
    description: description ?? '',
    instructions: instructions ?? '',
    lines: linesOf(script),
  };
}

function modelText(model: Json | undefined): string {
  if (typeof model === 'string') return model;
  return isJsonObject(model) ? String(model['id'] ?? '') : 'openai:gpt-5-mini';
}

function linesOf(script: Json | undefined): number {
  return typeof script === 'string' ? script.trim().split('\n').length : 0;
}

/** Settings of the queue, wherever they stand. */
function queueContent(manifest: JsonObject): JsonObject {
  const block = isJsonObject(manifest['config']) ? manifest['config'] : {};
  const { concurrency, trigger_delivery, max_consecutive_failures } = { ...block, ...manifest };
  return { concurrency: concurrency ?? 1, delivery: trigger_delivery ?? {}, failures: max_consecutive_failures ?? 3 };
}
