import type { JsonObject } from '../../shared/json.ts';
import { type Agent, nothingToDo } from './agent.ts';

/**
 * An agent that is only woken where the gate of the trigger gives something. The gate works in the same run: its steps
 * are numbered, limited and recorded like the agent's own, and what it writes to the context the agent sees.
 *
 * @param gates by id of their triggers.
 */
export function gatedAgent(agent: Agent, gates: ReadonlyMap<string, Agent>): Agent {
  return {
    async run(run) {
      const gate = gates.get(run.event.trigger);
      if (gate && !isWrittenTo(run.event.metadata) && !(await gate.run(run))) return nothingToDo;
      return agent.run(run);
    },
    async close() {
      await Promise.all([agent, ...gates.values()].map((one) => one.close()));
    },
  };
}

/** What people wrote is for the agent, whatever the gate would say; what is shown in every run alike is no reason. */
function isWrittenTo({ inbox }: JsonObject): boolean {
  return Array.isArray(inbox) && inbox.some((letter) => !(letter as JsonObject)['sticky']);
}
