import type { AgentRuntime } from '../runtime/agent-runtime.ts';
import { needsYou } from '../runtime/telling/snoozes.ts';
import { gauge } from '../transport/diagnostics/metrics.ts';

/** What this node tells monitoring of its own processes; none of it names one. */
export function runtimeMetrics(runtime: AgentRuntime) {
  const processes = runtime.list();
  const sum = (of: (process: (typeof processes)[number]) => number) =>
    processes.reduce((total, process) => total + of(process), 0);
  return [
    gauge('agent_runtime_processes', 'Processes on this node.', processes.length),
    gauge('agent_runtime_processes_working', 'Processes that work.', processes.filter(({ isArmed }) => isArmed).length),
    gauge(
      'agent_runtime_processes_failed',
      'Processes that have failed.',
      processes.filter(({ state }) => state === 'failed').length,
    ),
    gauge(
      'agent_runtime_events_open',
      'Trigger events that have not ended.',
      sum(({ snapshot }) => snapshot.queue.size),
    ),
    gauge(
      'agent_runtime_events_done_total',
      'Trigger events that were dealt with.',
      sum(({ snapshot }) => snapshot.counts.done),
    ),
    gauge(
      'agent_runtime_events_dead_total',
      'Trigger events that were set aside.',
      sum(({ snapshot }) => snapshot.counts.dead),
    ),
    gauge(
      'agent_runtime_runs_total',
      'Runs that began.',
      sum(({ snapshot }) => snapshot.counts.runs),
    ),
    gauge(
      'agent_runtime_model_calls_total',
      'Calls of models.',
      sum(({ snapshot }) => snapshot.usage.modelCalls),
    ),
    gauge(
      'agent_runtime_cost_usd_total',
      'What models cost, in US dollars.',
      sum(({ snapshot }) => snapshot.usage.costUsd),
    ),
    gauge('agent_runtime_inbox_open', 'Things that wait for a person.', needsYou(runtime)),
    gauge('agent_runtime_memory_bytes', 'Resident memory.', process.memoryUsage.rss()),
  ];
}
