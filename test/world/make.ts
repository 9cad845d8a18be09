import { randomUUID } from 'node:crypto';
import type { AgentProcess } from '../../src/main/processes/agent-process.ts';
import type { WakeAnswer } from '../../src/main/triggers/trigger.ts';
import type { Json } from '../../src/shared/json.ts';

/** Wakes a process by hand, as a person or program would. */
export function wake(process: AgentProcess, payload: Json = {}, key: string = randomUUID()): Promise<WakeAnswer> {
  return process.wake({
    trigger: 'manual',
    kind: 'manual',
    dedupeKey: `manual:${key}`,
    payload,
    metadata: {},
    taint: [],
  });
}

/** A script agent's settings with this body of `run(event, agent)`. */
export function script(body: string): { model: 'script'; script: string } {
  return { model: 'script', script: `export default async function run(event, agent) {\n${body}\n}` };
}
