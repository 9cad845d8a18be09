import { DetailList } from '../ui/detail-list.tsx';
import { percent, size, useLoad } from './use-load.ts';

const kinds = { server: 'tool server', browser: 'browser', sandbox: 'script' } as const;

/** The programs that run for an agent, and what each uses. Nothing where none runs. */
export function AgentLoadPanel({ name }: { name: string }) {
  const load = useLoad();
  const programs = load?.programs.filter(({ processes }) => processes.includes(name)) ?? [];
  if (programs.length === 0) return null;
  return (
    <section aria-label="Programs that run for it">
      <h3 className="mb-1.5 font-semibold text-[0.8125rem]">Programs that run for it</h3>
      <DetailList
        rows={programs.map(({ kind, name: program, pid, cpuPercent, memoryBytes, processes }) => [
          program === kinds[kind] ? program : `${program} (${kinds[kind]})`,
          <span key={pid} className="tabular-nums">
            {[
              percent(cpuPercent) && `${percent(cpuPercent)} of a processor`,
              size(memoryBytes),
              `process ${pid ?? '?'}`,
            ]
              .filter(Boolean)
              .join(', ')}
            {processes.length > 1 && (
              <span className="text-dim">, shared with {processes.filter((other) => other !== name).join(', ')}</span>
            )}
          </span>,
        ])}
      />
    </section>
  );
}

/** What the node itself uses, and all that runs for its agents. */
export function NodeLoad() {
  const load = useLoad();
  if (!load) return null;
  const { node, programs } = load;
  const cpu = programs.reduce<number | null>(
    (sum, one) => (one.cpuPercent === null ? sum : (sum ?? 0) + one.cpuPercent),
    null,
  );
  const memory = programs.reduce((sum, one) => sum + (one.memoryBytes ?? 0), 0);
  const own = [percent(node.cpuPercent), size(node.memoryBytes)].filter(Boolean).join(', ');
  const theirs = [percent(cpu), size(memory)].filter(Boolean).join(', ');
  return (
    <span className="tabular-nums" title={`Of one processor; this computer has ${load.cpus}`}>
      node {own}
      {programs.length > 0 && ` · ${programs.length === 1 ? '1 program' : `${programs.length} programs`} ${theirs}`}
    </span>
  );
}
