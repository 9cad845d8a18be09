import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { withIds } from '../../../shared/config/trigger-config.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { MissionStanding, OpenGround } from '../../agent/meta-tools/open-mode.ts';
import { changesSinceWritten, writtenDefinition } from '../../journal/fold/versions.ts';
import type { Journaled } from '../journaled.ts';
import type { ProcessParts } from '../parts.ts';
import { abilityOf, definitionOf } from './definition.ts';

/** What the agent of a process may see of that process; undefined where it is not in open mode. */
export function openGround(journaled: Journaled, parts: ProcessParts, config: ProcessConfig): OpenGround | undefined {
  if (config.executionMode !== 'open') return undefined;
  const { process } = journaled;
  const manifest = (): JsonObject => journaled.snapshot.definition?.manifest ?? {};
  return {
    process,
    config,
    manifest,
    written: () => writtenDefinition(journaled.snapshot)?.manifest ?? manifest(),
    version: () => journaled.snapshot.version,
    changes: () => changesSinceWritten(journaled.snapshot),
    spawned: () => journaled.snapshot.children,
    secrets: () =>
      (parts.governance.vaultIfAny(journaled, config)?.list() ?? []).map(({ name, expired, expiresAt }) => ({
        name,
        expired,
        expiresAt,
      })),
    budget: (run) => parts.governance.budget(journaled, config)?.standings(run) ?? null,
    mission: () => missionOf(journaled, config),
    family: () => parts.family?.(process) ?? null,
    now: () => parts.clock.now(),
    read: (wanted) => {
      const { config: read } = abilityOf(definitionOf(wanted, null), parts.env);
      for (const trigger of withIds(read.triggers)) parts.checkTrigger(trigger);
      return read;
    },
  };
}

function missionOf({ snapshot }: Journaled, { mission: wanted }: ProcessConfig): MissionStanding | null {
  if (!wanted?.enabled) return null;
  const { mission } = snapshot;
  const last = mission?.evaluations.at(-1);
  return {
    objective: wanted.objective,
    successCriteria: wanted.successCriteria,
    state: mission?.state ?? 'none',
    reason: mission?.reason ?? '',
    runs: mission?.invocations ?? 0,
    judged: last
      ? {
          at: last.at,
          achieved: last.achieved,
          confidence: last.confidence,
          reasoning: last.reasoning,
          progress: last.progress,
        }
      : null,
  };
}
