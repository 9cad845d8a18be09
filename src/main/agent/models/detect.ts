import { isJsonObject } from '../../../shared/json.ts';
import type { Environment } from './environment.ts';
import { LeanHttp, type LeanInit } from './lean-fetch.ts';
import { providers } from './providers.ts';
import { resolveModel } from './resolve-model.ts';

export interface FoundServer {
  /** Provider name to write before the colon of a model id. */
  provider: string;
  baseUrl: string;
  /** Names of the models it offers, as they stand after the colon. */
  models: string[];
}

export interface FoundKey {
  provider: string;
  /** Name of the environment variable; its value is not looked at beyond being there. */
  variable: string;
}

/** Of fetch, what detection uses. */
export type DetectFetch = (url: string, init: LeanInit) => Promise<{ ok: boolean; text(): Promise<string> }>;

export interface DetectOptions {
  env: Environment;
  fetch?: DetectFetch;
  /** For each server. Default 300 ms. */
  timeoutMs?: number;
}

/** Finds what a person could use right now: model servers on this machine, and keys in the environment. */
export async function detectModels(options: DetectOptions): Promise<{ servers: FoundServer[]; keys: FoundKey[] }> {
  const http = new LeanHttp();
  const fetch = options.fetch ?? ((url, init) => http.fetch(url, init));
  try {
    const probes = localAddresses(options.env).map(([name, baseUrl]) =>
      probe(name, baseUrl, fetch, options.timeoutMs ?? 300),
    );
    const servers = (await Promise.all(probes)).filter((server) => server !== undefined);
    return { servers, keys: keysIn(options.env) };
  } finally {
    http.close();
  }
}

/** Local providers where the environment has them, as long as that is on this machine. */
function localAddresses(env: Environment): [provider: string, baseUrl: string][] {
  const local = [...providers.values()].filter((provider) => provider.local);
  const resolved = local.map(({ name }) => resolveModel(`${name}:any`, {}, env));
  return resolved.filter(({ loopback }) => loopback).map(({ provider, baseUrl }) => [provider.name, baseUrl]);
}

function keysIn(env: Environment): FoundKey[] {
  return [...providers.values()].flatMap(({ name, keys, local }) => {
    const variable = local ? undefined : keys.find((key) => env[key]?.trim());
    return variable ? [{ provider: name, variable }] : [];
  });
}

/** What listens on such a port may be anything: it counts only when it lists models. */
async function probe(
  provider: string,
  baseUrl: string,
  fetch: DetectFetch,
  timeoutMs: number,
): Promise<FoundServer | undefined> {
  try {
    const response = await fetch(`${baseUrl}/models`, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return undefined;
    const body: unknown = JSON.parse(await response.text());
    const listed = isJsonObject(body) ? body['data'] : undefined;
    if (!Array.isArray(listed)) return undefined;
    const models = listed
      .map((model) => (isJsonObject(model) ? model['id'] : undefined))
      .filter((id) => typeof id === 'string');
    return { provider, baseUrl, models };
  } catch {
    // Nothing there, or something else.
    return undefined;
  }
}
