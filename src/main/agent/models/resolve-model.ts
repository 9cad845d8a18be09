import { RuntimeError } from '../../../shared/errors.ts';
import { isLoopbackHost } from '../../lib/loopback.ts';
import type { Environment } from './environment.ts';
import { type Provider, providers } from './providers.ts';

/** The part of a model's settings that says where it is and who asks. */
export interface ReachSettings {
  baseUrl?: string;
  apiKey?: string | undefined;
  /** Gives the value that `secret://name` stands for. */
  reveal?: (text: string) => string;
}

/** Everything needed to reach a model. */
export interface ResolvedModel {
  id: string;
  name: string;
  provider: Provider;
  /** Without a slash at the end. */
  baseUrl: string;
  /** Whether that is an address of this machine. */
  loopback: boolean;
  apiKey: string | null;
  /** The variables that would have been read for a key. */
  keyVariables: readonly string[];
}

const example = 'such as openai:gpt-5-mini or ollama:llama3.2';

/**
 * `provider:name`; the name may hold colons, slashes and `@`.
 * @throws RuntimeError MODEL_UNKNOWN
 */
export function parseModelId(id: string): { provider: Provider; name: string } {
  const colon = id.indexOf(':');
  const provider = providers.get(id.slice(0, colon));
  const name = id.slice(colon + 1).trim();
  if (provider && name !== '') return { provider, name };
  const accepted = [...providers.keys()];
  const found = colon < 0 ? 'names no provider' : name === '' ? 'names no model' : 'names a provider that is not known';
  const message = `The model "${id}" ${found}: use provider:model, ${example}; providers are ${accepted.join(', ')}.`;
  throw new RuntimeError('MODEL_UNKNOWN', message, { model: id, accepted });
}

/**
 * Finds address and key of a model. A key from the environment goes only to an address that also comes from the
 * provider table or the environment: a `base_url` in a manifest gets the `api_key` of that manifest or none.
 * @throws RuntimeError MODEL_UNKNOWN (also for an unusable address), MODEL_KEY_MISSING
 */
export function resolveModel(id: string, settings: ReachSettings, env: Environment): ResolvedModel {
  const { provider, name } = parseModelId(id);
  const address = addressOf(id, provider, settings, env);
  const url = checkedUrl(id, address.url);
  const loopback = isLoopback(url.hostname);
  const trusted = address.from !== 'settings' || url.origin === originOf(provider.baseUrl);
  const keyVariables = trusted ? [...address.keys, ...provider.keys] : [];
  const apiKey = keyFrom(id, settings.apiKey, keyVariables, env);
  if (apiKey === null && trusted && !provider.local && !loopback) throw keyMissing(id, keyVariables);
  return { id, name, provider, baseUrl: baseUrlOf(url), loopback, apiKey, keyVariables };
}

interface Address {
  url: string;
  from: 'settings' | 'environment' | 'table';
  /** Key variables that belong to where the address came from. */
  keys: string[];
}

function addressOf(id: string, provider: Provider, settings: ReachSettings, env: Environment): Address {
  if (settings.baseUrl) return { url: settings.baseUrl, from: 'settings', keys: [] };
  const ours = env['AGENT_RUNTIME_MODEL_BASE_URL'];
  if (ours && (provider.name === 'openai' || provider.name === 'openai-compatible')) {
    return { url: ours, from: 'environment', keys: ['AGENT_RUNTIME_MODEL_API_KEY'] };
  }
  const openai = env['OPENAI_BASE_URL'];
  if (openai && provider.name === 'openai') return { url: openai, from: 'environment', keys: [] };
  const { addressVariable } = provider;
  const host = addressVariable ? env[addressVariable.name] : undefined;
  if (addressVariable && host) return { url: hostUrl(host, addressVariable.path), from: 'environment', keys: [] };
  if (provider.baseUrl) return { url: provider.baseUrl, from: 'table', keys: [] };
  const variable = addressVariable?.name ?? 'AGENT_RUNTIME_MODEL_BASE_URL';
  throw new RuntimeError(
    'MODEL_UNKNOWN',
    `The model "${id}" needs the address of its server: set base_url, or ${variable}.`,
    {
      model: id,
    },
  );
}

/** `OLLAMA_HOST` and the like: a host, a host and port, or a URL; 0.0.0.0 is where a server listens, not where it is. */
function hostUrl(host: string, path: string): string {
  const url = /^https?:\/\//.test(host) ? host : `http://${/:\d+$/.test(host) ? host : `${host}:11434`}`;
  return `${url.replace('//0.0.0.0', '//127.0.0.1').replace(/\/+$/, '')}${path}`;
}

function checkedUrl(id: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '')
    return url;
  throw new RuntimeError(
    'MODEL_UNKNOWN',
    `The base_url of "${id}" must be an http or https URL without a password in it.`,
    {
      model: id,
    },
  );
}

/** A server named without a path is taken to have its API under /v1, as all of them do. */
function baseUrlOf(url: URL): string {
  const path = url.pathname === '/' ? '/v1' : url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path}${url.search}`;
}

const originOf = (url: string | null) => (url === null ? null : new URL(url).origin);

export function isLoopback(hostname: string): boolean {
  return isLoopbackHost(hostname) || hostname.endsWith('.localhost');
}

function keyFrom(id: string, own: string | undefined, variables: readonly string[], env: Environment): string | null {
  const key = (own ?? variables.map((variable) => env[variable]?.trim()).find((value) => value) ?? '').trim();
  if (key === '') return null;
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new RuntimeError(
    'MODEL_KEY_MISSING',
    `The key of "${id}" holds spaces, line ends or other characters no key has.`,
    {
      model: id,
    },
  );
}

export function keyMissing(id: string, variables: readonly string[]): RuntimeError {
  const where =
    variables.length > 0 ? `set ${variables.join(' or ')}, or give the model an api_key` : 'give the model an api_key';
  return new RuntimeError('MODEL_KEY_MISSING', `The model "${id}" needs a key: ${where}.`, {
    model: id,
    variables: [...variables],
  });
}
