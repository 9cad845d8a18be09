import type { JsonObject } from '../../src/shared/json.ts';
import type { ClusterNode } from './cluster.ts';

/** A manifest of an agent that runs these lines. */
export function script(name: string, lines: string, triggers: JsonObject[] = [], more: JsonObject = {}): JsonObject {
  const text = `export default async function run(event, agent) { ${lines} }`;
  return { version: '1.0', name, model: 'script', triggers, script: text, ...more };
}

/** Tells everyone the number that it is woken with. */
export const teller = script('teller', `await agent.emit('told', { n: event.payload.n }); return event.payload.n;`);

/** Keeps the numbers that were told. */
export const listener = (name: string, more: JsonObject = {}) =>
  script(
    name,
    `await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.data.n]);`,
    [{ type: 'event', event_type: 'told' }],
    more,
  );

/** Keeps the numbers that it is woken with. */
export const counter = (name: string, more: JsonObject = {}) =>
  script(name, `await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.n]);`, [], more);

/** What an agent keeps under a key, which is a list of numbers. */
export async function heard(node: ClusterNode, name: string, key = 'heard'): Promise<number[]> {
  const { items } = (await node.api.getContext({ name })) as { items: { key: string; value: unknown }[] };
  return (items.find((cell) => cell.key === key)?.value ?? []) as number[];
}

export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
