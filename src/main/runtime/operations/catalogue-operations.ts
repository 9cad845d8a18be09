import type { RuntimeApi } from '../../../shared/api.ts';
import { modelId } from '../../../shared/config/process-config.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import type { ModelsView, ToolServerView } from '../../../shared/views/catalogue-views.ts';
import { connectModel } from '../../agent/models/connect-model.ts';
import { detectModels } from '../../agent/models/detect.ts';
import { ModelConnections } from '../../agent/models/openai-client.ts';
import { pricesDate } from '../../agent/models/prices.ts';
import { providers } from '../../agent/models/providers.ts';
import { resolveModel } from '../../agent/models/resolve-model.ts';
import type { ServerStatus } from '../../agent/tools/mcp/server-status.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { importServers } from '../manifests/import-servers.ts';
import { linkOf, readInstallLink } from '../manifests/install-links.ts';
import { modelPrice } from '../planning/model-price.ts';

type Names =
  | 'listModels'
  | 'tryModel'
  | 'listToolServers'
  | 'approveTools'
  | 'signInToServer'
  | 'importServers'
  | 'readInstallLink'
  | 'getInstallLink';

const trialMs = 60_000;
/** For a server to say where it is signed in to. */
const signInMs = 30_000;

/** Operations on what agents think with, and on the servers that give them tools. */
export function catalogueOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const { env, servers } = runtime.parts;
  return {
    async listModels() {
      const detected = await detectModels({ env: { ...env } });
      const known = [...providers.values()].map(({ name, local = false, keys }) => ({
        name,
        local,
        variables: [...keys],
      }));
      return { configured: configuredModels(runtime), ...detected, providers: known, pricesDate };
    },

    async tryModel({ id, baseUrl }) {
      const connections = new ModelConnections({ env });
      const begun = runtime.parts.clock.elapsed();
      const since = () => Math.round(runtime.parts.clock.elapsed() - begun);
      try {
        const model = connectModel(id, {
          env: { ...env },
          connections,
          timeoutMs: trialMs,
          maxRetries: 0,
          ...(baseUrl ? { baseUrl } : {}),
        });
        const messages = [{ role: 'user' as const, content: 'Answer with the one word: ready' }];
        const {
          text,
          usage,
          costUsd,
          model: answered,
        } = await model.ask({ messages, tools: [], maxOutputTokens: 200, signal: AbortSignal.timeout(trialMs) });
        const { inputTokens, outputTokens } = usage;
        return {
          ok: true,
          model: answered,
          text: text.slice(0, 500),
          ms: since(),
          inputTokens,
          outputTokens,
          costUsd,
          error: null,
        };
      } catch (thrown) {
        const { code, message } = toWire(thrown);
        return {
          ok: false,
          model: id,
          text: '',
          ms: since(),
          inputTokens: 0,
          outputTokens: 0,
          costUsd: null,
          error: { code, message },
        };
      } finally {
        connections.close();
      }
    },

    async listToolServers() {
      const items = (await servers.status()).map((status) => serverView(runtime, status));
      return { items, next: null };
    },

    async approveTools({ name, server, tools: only }, by) {
      const process = runtime.get(name);
      const config = process.ability.config.servers[server];
      if (!config) throw new RuntimeError('MCP_UNAVAILABLE', `"${name}" uses no server "${server}".`, { server });
      if (config.toolHashes)
        throw new RuntimeError(
          'REQUEST_INVALID',
          `The manifest of "${name}" says which tools of "${server}" are approved; change tool_hashes there.`,
        );
      const status = (await servers.status()).find(({ uses }) =>
        uses.some((use) => use.process === name && use.name === server),
      );
      const offered = status?.tools ?? [];
      const wanted = only ?? offered.map((tool) => tool.name);
      const approved = offered.filter((tool) => wanted.includes(tool.name));
      const missing = wanted.filter((tool) => !approved.some(({ name: known }) => known === tool));
      if (approved.length === 0 || missing.length > 0) {
        throw new RuntimeError(
          'TOOL_UNKNOWN',
          `Server "${server}" of "${name}" ${status ? `offers no ${missing.join(', ') || 'tools'}` : 'has not been asked for its tools yet; let the process run once'}.`,
        );
      }
      await process.steering.approveTools(
        server,
        Object.fromEntries(approved.map((tool) => [tool.name, tool.hash])),
        by,
      );
      return { approved: approved.map((tool) => tool.name) };
    },

    async signInToServer({ name, server }) {
      const process = runtime.get(name);
      if (!process.ability.config.servers[server]?.oauth)
        throw new RuntimeError(
          'MCP_UNAVAILABLE',
          `"${name}" uses no server "${server}" that is signed in to; give it oauth: {} in the manifest.`,
          { server },
        );
      const signal = AbortSignal.timeout(signInMs);
      await process.askServers(signal);
      return { link: (await servers.usedBy(name, server)?.signIn(signal)) ?? null };
    },

    importServers: ({ path }) => importServers(path),
    readInstallLink: async ({ link }) => readInstallLink(link),
    async getInstallLink({ name, server }) {
      const written = runtime.get(name).snapshot.definition?.manifest ?? {};
      const servers = { ...sectionIn(written['config']), ...sectionIn(written) };
      const found = servers[server];
      if (found === undefined)
        throw new RuntimeError('MCP_UNAVAILABLE', `"${name}" uses no server "${server}".`, { server });
      return linkOf(server, found);
    },
  };
}

/** The servers in a manifest, or in its config block. */
function sectionIn(block: Json | undefined): JsonObject {
  const servers = isJsonObject(block) ? block['servers'] : undefined;
  return isJsonObject(servers) ? servers : {};
}

/** Models that processes are set to use, with their users and prices. */
export function configuredModels(runtime: AgentRuntime): ModelsView['configured'] {
  const users = new Map<string, string[]>();
  const problems = new Map<string, string>();
  const prices = new Map<string, { input: number; output: number } | null>();
  for (const { name, knownConfig } of runtime.list()) {
    if (!knownConfig) continue;
    for (const choice of [knownConfig.model, ...knownConfig.models]) {
      const id = modelId(choice);
      if (id === 'script') continue;
      users.set(id, [...new Set([...(users.get(id) ?? []), name])]);
      const env = { ...runtime.parts.env };
      prices.set(id, null);
      try {
        prices.set(id, modelPrice(choice, env));
        const { baseUrl, apiKey }: Partial<Exclude<typeof choice, string>> = typeof choice === 'string' ? {} : choice;
        // Also where its price is known, it may want something that is not there.
        resolveModel(id, { ...(baseUrl ? { baseUrl } : {}), ...(apiKey ? { apiKey } : {}) }, env);
      } catch (thrown) {
        problems.set(id, toWire(thrown).message);
      }
    }
  }
  return [...users]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, processes]) => ({ id, processes, price: prices.get(id) ?? null, problem: problems.get(id) ?? null }));
}

/** Which users of a server must approve a tool before they can use it as it is now. */
function serverView(runtime: AgentRuntime, { tools, ...status }: ServerStatus): ToolServerView {
  const shown = tools.map(({ annotations, taskSupport, ...tool }) => ({
    ...tool,
    hints: {
      readOnly: annotations.readOnlyHint ?? null,
      idempotent: annotations.idempotentHint ?? null,
      destructive: annotations.destructiveHint ?? null,
    },
    taskResumable: taskSupport !== null,
    awaitsApprovalOf: waiting(runtime, status.uses, tool),
  }));
  return { ...status, tools: shown };
}

function waiting(
  runtime: AgentRuntime,
  uses: ServerStatus['uses'],
  { name, hash }: Pick<ServerStatus['tools'][number], 'name' | 'hash'>,
): string[] {
  const held = uses.filter((use) => {
    const process = runtime.find(use.process);
    const config = process?.knownConfig?.servers[use.name];
    if (!process || !config) return false;
    const approved = config.toolHashes ?? process.steering.approvedTools(use.name);
    return approved !== undefined && approved[name] !== hash;
  });
  return [...new Set(held.map(({ process }) => process))];
}
