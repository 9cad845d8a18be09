import { availableParallelism, loadavg } from 'node:os';
import type { NodeReport } from '../../../shared/views/cluster-views.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { needsYou } from '../telling/snoozes.ts';

/** How this node fares, in the few numbers that the others of its cluster are told. */
export function nodeReport(runtime: AgentRuntime): Omit<NodeReport, 'drained'> {
  const processes = runtime.list();
  return {
    version: runtime.version,
    platform: `${process.platform} ${process.arch}`,
    startedAt: runtime.startedAt,
    processes: processes.length,
    running: processes.filter(({ state }) => state === 'running' || state === 'awaiting').length,
    failed: processes.filter(({ state }) => state === 'failed').length,
    waiting: processes.reduce((sum, { snapshot }) => sum + snapshot.queue.size, 0),
    needsYou: needsYou(runtime),
    load: (loadavg()[0] ?? 0) / availableParallelism(),
    memoryBytes: process.memoryUsage.rss(),
    outage: runtime.parts.outage.present?.code ?? null,
  };
}
