import { AgentProcess } from '../src/main/processes/agent-process.ts';
import type { ProcessConfigInput } from '../src/shared/config/process-config.ts';

/**
 * What limits cost a step: a script that makes 150 steps, without any guard, with each of them, and with all; CPU per
 * step, the least of several rounds. Run: node bench/guards.ts
 */
const steps = 150;
const rounds = Number(process.env['ROUNDS'] ?? 12);
const base: ProcessConfigInput = {
  model: 'script',
  script: `export default async function run(event, agent) {
    for (let n = 0; n < ${steps}; n++) await agent.tool('get_context', { key: 'k' + n });
  }`,
};
const limits: [string, ProcessConfigInput][] = [
  ['no guard', {}],
  ['budget', { budget: { maxToolCallsPerDay: 1_000_000, maxCostPerRun: 1_000_000 } }],
  ['health', { health: {} }],
  ['approvals', { approvals: { tools: ['pay'] } }],
  ['hooks, for other moments', { hooks: [{ events: ['session_end'], script: 'export default () => null' }] }],
  [
    'all of them',
    {
      budget: { maxToolCallsPerDay: 1_000_000, maxCostPerRun: 1_000_000 },
      health: {},
      approvals: { tools: ['pay'] },
      hooks: [{ events: ['session_end'], script: 'export default () => null' }],
    },
  ],
];

async function opened(name: string, more: ProcessConfigInput): Promise<AgentProcess> {
  const agent = new AgentProcess({ name, config: { ...base, ...more } });
  await agent.start();
  return agent;
}

/** CPU of this process in microseconds per step. */
async function round(agent: AgentProcess, n: number): Promise<number> {
  const done = agent.snapshot.counts.done;
  const before = process.cpuUsage();
  await agent.wake({ trigger: 'manual', kind: 'manual', dedupeKey: `k${n}`, payload: null, metadata: {}, taint: [] });
  while (agent.snapshot.counts.done === done) await new Promise(setImmediate);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / steps;
}

const agents = await Promise.all(limits.map(([, more], index) => opened(`bench${index}`, more)));
const least = limits.map(() => Number.POSITIVE_INFINITY);
// In turns, so that whatever else the machine does strikes all of them alike.
for (let n = 0; n < rounds; n++)
  for (const [index, agent] of agents.entries()) least[index] = Math.min(least[index] ?? 0, await round(agent, n));
const floor = least[0] ?? 1;
for (const [index, [name]] of limits.entries())
  console.log(
    `${name.padEnd(26)} ${(least[index] ?? 0).toFixed(1)} µs of CPU a step, ${((least[index] ?? 0) / floor).toFixed(2)} of none`,
  );
await Promise.all(agents.map((agent) => agent.close()));
