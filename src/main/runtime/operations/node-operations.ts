import { hostname } from 'node:os';
import type { RuntimeApi } from '../../../shared/api.ts';
import type { DesktopPlace } from '../../../shared/operations/desktop-operations.ts';
import type { NetworkPlace } from '../../../shared/operations/network-operations.ts';
import type { WindowPlace } from '../../../shared/operations/window-operations.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { examine } from '../health/doctor.ts';
import { LoadSampler } from '../health/load-sampler.ts';
import { programsOf } from '../health/programs.ts';
import type { Backups } from '../keeping/backups.ts';
import { rebuildReadModels } from '../keeping/rebuild.ts';
import { checkManifest } from '../manifests/manifest.ts';
import { readTemplates } from '../manifests/templates.ts';
import { estimateOf } from '../planning/template-estimate.ts';
import { safeMode } from '../telling/halts.ts';
import { needsYou } from '../telling/snoozes.ts';
import type { JournalPlace } from './database-operations.ts';

type Names =
  | 'health'
  | 'node'
  | 'load'
  | 'validateManifest'
  | 'loadManifests'
  | 'listTemplates'
  | 'doctor'
  | 'rebuildReadModels'
  | 'leaveSafeMode'
  | 'trustClock'
  | 'acceptLoss';

/** What the node knows of itself that the runtime does not. */
export interface NodeFacts {
  url(): string | null;
  dataDir: string | null;
  desktop: boolean;
  /** Left out where no desktop app is around it. */
  desktopPlace?: DesktopPlace;
  /** Left out where it serves no API. */
  network?: NetworkPlace;
  /** Left out where no other device can reach it. */
  window?: WindowPlace;
  /** Left out where there is no folder to back up. */
  backups?: Backups;
  /** Where journals are; left out where that is only its starter's business. */
  place?: JournalPlace;
}

/** Operations on the node as a whole. */
export function nodeOperations(runtime: AgentRuntime, facts: NodeFacts): Pick<RuntimeApi, Names> {
  const load = new LoadSampler(
    () => runtime.parts.clock.now(),
    () => programsOf(runtime),
  );
  return {
    load: () => load.view(),
    health: async () => ({ ok: true, version: runtime.version }),
    async node() {
      const processes = runtime.list();
      const firings = processes.flatMap((process) =>
        process.isArmed ? process.triggers.flatMap((trigger) => trigger.nextFiring() ?? []) : [],
      );
      return {
        id: runtime.nodeId,
        name: hostname(),
        version: runtime.version,
        startedAt: runtime.startedAt,
        pid: process.pid,
        platform: `${process.platform} ${process.arch}`,
        url: facts.url(),
        dataDir: facts.dataDir,
        journal: runtime.journal.kind,
        databaseBytes:
          Number(runtime.database.pragma('page_count', { simple: true })) *
          Number(runtime.database.pragma('page_size', { simple: true })),
        outage: runtime.parts.outage.present,
        clock: runtime.parts.time.look(),
        safeMode: runtime.isSafe,
        safeReason: runtime.isSafe ? (runtime.options.safeReason ?? safeMode) : null,
        memoryBytes: process.memoryUsage.rss(),
        processes: processes.length,
        running: processes.filter(({ state }) => state === 'running' || state === 'awaiting').length,
        waiting: processes.reduce((sum, { snapshot }) => sum + snapshot.queue.size, 0),
        needsYou: needsYou(runtime),
        unread: runtime.queries.openReports(['finished'], runtime.parts.clock.now()),
        nextFiring: firings.length > 0 ? Math.min(...firings) : null,
        desktop: facts.desktop,
        onNetwork: (facts.window?.view().port ?? null) !== null,
      };
    },
    validateManifest: async ({ manifest }) => checkManifest(manifest, runtime.parts.env),
    async loadManifests({ path, start }, by) {
      const report = await runtime.loadDirectory(path, by);
      if (start)
        for (const name of report.created)
          await runtime
            .get(name)
            .start(by)
            .catch(() => {});
      return report;
    },
    listTemplates: async () => ({
      items: await readTemplates(runtime.options.templatesDir, { dataDir: facts.dataDir, url: facts.url() }, (agent) =>
        estimateOf(runtime, agent),
      ),
      next: null,
    }),
    async trustClock(_input, by) {
      runtime.parts.time.trust(by);
      return { ok: true };
    },
    leaveSafeMode: async () => runtime.leaveSafeMode(),
    async acceptLoss({ name }) {
      await runtime.acceptLoss(name);
      return { ok: true };
    },
    doctor: () => examine(runtime, facts.dataDir),
    rebuildReadModels: () => rebuildReadModels(runtime.database, runtime.journal),
  };
}
