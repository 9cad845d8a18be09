import { isMap } from 'yaml';
import type { RuntimeApi } from '../../../shared/api.ts';
import { outward } from '../../../shared/casing.ts';
import { BudgetConfig, HealthConfig, MissionConfig } from '../../../shared/config/governance-config.ts';
import { modelId } from '../../../shared/config/process-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type {
  BudgetView,
  HealthView,
  LimitView,
  MissionView,
  SecretAccess,
  SecretView,
} from '../../../shared/views/governance-views.ts';
import { wideLimits } from '../../governance/behavioral-health.ts';
import type { Standing } from '../../governance/budget/budget-limits.ts';
import { secretUsers } from '../../governance/secrets/secret-users.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { editManifest, parseManifest } from '../manifests/manifest.ts';

/** For servers to start with a new secret. */
const renewMs = 20_000;

type Names =
  | 'listApprovals'
  | 'revokeApproval'
  | 'getBudget'
  | 'updateBudget'
  | 'topUpBudget'
  | 'getNodeBudget'
  | 'updateNodeBudget'
  | 'topUpNodeBudget'
  | 'getNotifications'
  | 'setNotifications'
  | 'testNotification'
  | 'getMission'
  | 'updateMission'
  | 'getHealth'
  | 'updateHealth'
  | 'listSecrets'
  | 'setSecret'
  | 'deleteSecret'
  | 'secretAccessLog';

/** Operations on what limits a process. */
export function governanceOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  return {
    getBudget: async ({ name }) => budgetView(runtime, runtime.get(name)),
    async updateBudget({ name, changes }, by) {
      await patchSection(runtime, runtime.get(name), 'budget', changes, by);
      return budgetView(runtime, runtime.get(name));
    },
    async topUpBudget({ name, limit, amount, run }, by) {
      await runtime.get(name).steering.topUp(limit, amount, run, by);
      return budgetView(runtime, runtime.get(name));
    },
    getNodeBudget: async () => runtime.nodeBudget.view(),
    async updateNodeBudget({ changes }, by) {
      await runtime.nodeBudget.change(changes, by);
      return runtime.nodeBudget.view();
    },
    async topUpNodeBudget({ limit, amount }, by) {
      await runtime.nodeBudget.topUp(limit, amount, by);
      return runtime.nodeBudget.view();
    },
    getNotifications: async () => runtime.notifications.view(),
    async setNotifications({ sinks }, by) {
      await runtime.notifications.set(sinks, by);
      return runtime.notifications.view();
    },
    async testNotification({ sink }) {
      await runtime.notifications.test(sink);
      return { ok: true };
    },
    listApprovals: async ({ name }) => ({ items: runtime.get(name).snapshot.grants, next: null }),
    async revokeApproval({ name, tool, call }, by) {
      const process = runtime.get(name);
      if (!process.snapshot.grants.some((grant) => grant.tool === tool && grant.call === call)) {
        throw new RuntimeError(
          'REQUEST_INVALID',
          `"${name}" has no standing approval for ${call ?? tool}; list the approvals to see which there are.`,
          { tool },
        );
      }
      await process.journaled.append('revoke-approval', [{ kind: 'approval.revoked', body: { tool, call, by } }]);
      return { ok: true };
    },
    listSecrets: async ({ name }) => ({ items: secretViews(runtime.get(name)), next: null }),
    async setSecret({ name, secret, value, ttlMs, mustExist }, by) {
      const process = runtime.get(name);
      const { secrets } = process;
      if (mustExist && !secrets.list().some((view) => view.name === secret))
        throw new RuntimeError('SECRET_NOT_FOUND', `"${name}" has no secret "${secret}" to give a new value.`, {
          name: secret,
        });
      await secrets.set(secret, value, { source: 'api', ttlMs: ttlMs ?? null, by });
      const renewed = await process.renewServers(secret, AbortSignal.timeout(renewMs));
      return {
        ...(secretViews(process).find((view) => view.name === secret) as SecretView),
        servers: renewed.map(({ server, error }) => ({
          server,
          error: error && { code: error.code, message: secrets.redact(error.message) },
        })),
      };
    },
    async deleteSecret({ name, secret }, by) {
      const process = runtime.get(name);
      await process.secrets.delete(secret, by);
      // What holds it ends after the calls under way, and cannot be started again without it.
      void process.renewServers(secret, AbortSignal.timeout(renewMs)).catch(() => {});
      return { ok: true };
    },
    secretAccessLog: ({ name, cursor, limit }) => accessLog(runtime, name, cursor, limit),
    getMission: async ({ name }) => missionView(runtime.get(name)),
    async updateMission({ name, changes }, by) {
      await patchSection(runtime, runtime.get(name), 'mission', changes, by);
      return missionView(runtime.get(name));
    },
    getHealth: async ({ name }) => healthView(runtime.get(name)),
    async updateHealth({ name, changes }, by) {
      await patchSection(runtime, runtime.get(name), 'health', changes, by);
      return healthView(runtime.get(name));
    },
  };
}

/** Changes settings of one section of a manifest, checked as a whole: either all of them are right, or nothing changes. */
export async function patchSection(
  runtime: AgentRuntime,
  process: AgentProcess,
  section: string,
  changes: JsonObject,
  by: string,
): Promise<void> {
  const { definition } = process.snapshot;
  if (!definition) throw new RuntimeError('AGENT_INVALID', `"${process.name}" has no definition.`);
  const text = editManifest(definition, (document) => {
    // Older files keep sections in the config block.
    const place = !document.has(section) && document.hasIn(['config', section]) ? ['config', section] : [section];
    if (!isMap(document.getIn(place))) document.setIn(place, document.createNode({}));
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) document.deleteIn([...place, key]);
      else document.setIn([...place, key], document.createNode(value));
    }
  });
  const { definition: next, secrets } = parseManifest(text, runtime.parts.env);
  process.keepSecrets(secrets);
  await process.update(next, by, `${section} was changed`);
}

export function budgetView(runtime: AgentRuntime, process: AgentProcess): BudgetView {
  const { config } = process.ability;
  const { snapshot } = process;
  const budget = runtime.parts.governance.budget(process.journaled, config);
  const isToday = runtime.parts.clock.now() < snapshot.day.until;
  return {
    enabled: config.budget?.enabled ?? false,
    config: config.budget ? (outward(BudgetConfig, config.budget as unknown as Json) as JsonObject) : {},
    day: { from: isToday ? snapshot.day.from : null, until: isToday ? snapshot.day.until : null },
    limits: budget?.standings().map(limitView) ?? [],
    runs: [...snapshot.runs.keys()].map((run) => ({
      run,
      limits:
        budget
          ?.standings(run)
          .filter(({ scope }) => scope === 'run')
          .map(limitView) ?? [],
    })),
  };
}

function limitView({ limit, scope, unit, cap, used }: Standing): LimitView {
  return { limit, scope, unit, cap, used, left: Math.max(0, cap - used) };
}

function secretViews(process: AgentProcess): SecretView[] {
  const { knownConfig } = process;
  return process.secrets
    .list()
    .map((view) => ({ ...view, usedBy: knownConfig ? secretUsers(knownConfig, view.name) : [] }));
}

/** What the journal says about secrets, page by page of its notes. */
async function accessLog(runtime: AgentRuntime, name: string, cursor: string | undefined, limit: number) {
  runtime.get(name);
  const items: SecretAccess[] = [];
  let after = cursor === undefined ? undefined : Number(cursor);
  for (;;) {
    const page = await runtime.journal.read(name, {
      order: 'desc',
      kinds: ['governance.noted'],
      limit: 500,
      ...(after === undefined ? {} : { after }),
    });
    for (const { kind, seq, at, body } of page) {
      if (kind !== 'governance.noted' || body.guard !== 'secrets') continue;
      if (items.length === limit) return { items, next: String(items.at(-1)?.seq) };
      items.push({ at, name: body.about, what: body.what, text: body.text, run: body.run, seq });
    }
    after = page.at(-1)?.seq;
    if (page.length < 500) return { items, next: null };
  }
}

function missionView(process: AgentProcess): MissionView {
  const { mission: config } = process.ability.config;
  const { mission } = process.snapshot;
  const hours = config?.timeoutHours ?? 0;
  return {
    enabled: config?.enabled ?? false,
    config: config ? (outward(MissionConfig, config as unknown as Json) as JsonObject) : {},
    state: mission?.state ?? 'none',
    reason: mission?.reason ?? '',
    startedAt: mission?.startedAt ?? null,
    endsAt: mission && hours > 0 ? mission.startedAt + hours * 3_600_000 : null,
    endedAt: mission?.endedAt ?? null,
    invocations: mission?.invocations ?? 0,
    evaluations: mission?.evaluations ?? [],
  };
}

function healthView(process: AgentProcess): HealthView {
  const { health, model } = process.ability.config;
  const inForce = health ?? wideLimits;
  const { anomalies } = process.snapshot.health;
  return {
    enabled: health ? health.enabled : modelId(model) !== 'script',
    config: outward(HealthConfig, inForce as unknown as Json) as JsonObject,
    anomalies: Object.entries(anomalies).map(([kind, { at, over }]) => ({ kind, at, over })),
  };
}
