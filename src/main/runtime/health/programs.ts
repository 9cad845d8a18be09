import type { AgentRuntime } from '../agent-runtime.ts';
import type { StartedProgram } from './load-sampler.ts';

/** Chromium under the names it goes by. */
const browserNames = /chrom|headless[-_]shell|msedge/i;

/** What runs beside the node for its agents, and for which of them. */
export function programsOf(runtime: AgentRuntime): StartedProgram[] {
  const { servers, browser, scripts } = runtime.parts;
  const processes = runtime.list();
  const found: StartedProgram[] = servers
    .programs()
    .map(({ pid, names, users }) => ({ kind: 'server', name: names.join(', '), pid, processes: users }));
  const { runs } = browser;
  if (runs.length > 0) {
    const users = processes.filter(({ snapshot }) => runs.some((run) => snapshot.runs.has(run)));
    found.push({ kind: 'browser', name: 'browser', looks: browserNames, processes: users.map(({ name }) => name) });
  }
  for (const { pid, codes } of scripts()) {
    const users = processes.filter(({ knownConfig, snapshot }) => {
      const gates = knownConfig?.triggers.map(({ wakeGate }) => wakeGate) ?? [];
      return snapshot.runs.size > 0 && [knownConfig?.script, ...gates].some((code) => code && codes.has(code));
    });
    found.push({ kind: 'sandbox', name: 'script sandbox', pid, processes: users.map(({ name }) => name) });
  }
  return found;
}
