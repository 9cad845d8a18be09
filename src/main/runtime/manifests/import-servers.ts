import { readFile, stat } from 'node:fs/promises';
import { ServerConfig, serverNamePattern } from '../../../shared/config/server-config.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import type { ImportedServers } from '../../../shared/views/catalogue-views.ts';
import { readClientConfig } from './client-config.ts';

const mostBytes = 1 << 20;
/** Under these keys MCP clients keep their servers. */
const places = ['mcpServers', 'mcp_servers', 'mcp.servers', 'servers', 'context_servers', 'extensions', 'mcp'];
const secretName = /key|token|secret|passw|credential|auth/i;

/**
 * The MCP servers in the config file of another client: `mcpServers` of desktop clients and editors in JSON, with or
 * without comments, lists and `extensions` in YAML, tables in TOML. Nothing is started.
 * @throws RuntimeError `MANIFEST_NOT_FOUND`, `MANIFEST_INVALID`.
 */
export async function importServers(path: string): Promise<ImportedServers> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) throw new RuntimeError('MANIFEST_NOT_FOUND', `There is no file at ${path}.`, { path });
  if (found.size > mostBytes)
    throw new RuntimeError(
      'MANIFEST_INVALID',
      `${path} has ${found.size} bytes; config files of at most ${mostBytes} are read.`,
    );
  let read: unknown;
  try {
    read = readClientConfig(path, await readFile(path, 'utf8'));
  } catch (thrown) {
    throw new RuntimeError(
      'MANIFEST_INVALID',
      `${path} can be read neither as JSON nor as YAML or TOML: ${asError(thrown).message.split('\n')[0]}`,
      { path },
    );
  }
  const listed = isJsonObject(read) ? listedIn(read) : [];
  if (listed.length === 0)
    throw new RuntimeError(
      'MANIFEST_INVALID',
      `${path} names no MCP servers; they would stand under one of ${places.join(', ')}.`,
      { path },
    );
  const imported: ImportedServers = { servers: {}, variables: [], skipped: [] };
  for (const [name, entry] of listed) {
    const made = serverFrom(entry, imported.variables);
    if (typeof made === 'string') imported.skipped.push({ name, reason: made });
    else imported.servers[nameFor(name, imported.servers)] = made;
  }
  imported.variables = [...new Set(imported.variables)];
  return imported;
}

/** Servers by name, wherever the file keeps them; some clients keep them by project, too. */
function listedIn(config: JsonObject): [string, Json][] {
  const found = places.flatMap((place): [string, Json][] => {
    const section = config[place];
    if (Array.isArray(section))
      return section.flatMap((one): [string, Json][] =>
        isJsonObject(one) && typeof one['name'] === 'string' ? [[one['name'], one]] : [],
      );
    if (!isJsonObject(section)) return [];
    const inner = isJsonObject(section['servers']) && place === 'mcp' ? section['servers'] : section;
    return Object.entries(inner).filter(([, one]) => place !== 'mcp' || isJsonObject(one));
  });
  const projects = isJsonObject(config['projects']) ? Object.values(config['projects']) : [];
  return [...found, ...projects.flatMap((project) => (isJsonObject(project) ? listedIn(project) : []))];
}

/** The server, or why it cannot be one. */
function serverFrom(entry: Json, variables: string[]): ServerConfig | string {
  if (!isJsonObject(entry)) return 'it is no object';
  if (entry['type'] === 'builtin' || entry['type'] === 'platform') return 'it is built into that client';
  if (entry['disabled'] === true || entry['enabled'] === false) return 'it is switched off there';
  const nested = isJsonObject(entry['command']) ? entry['command'] : entry;
  const line = nested['command'] ?? nested['cmd'] ?? nested['path'];
  const [command, ...words] = Array.isArray(line) ? line : [line];
  const url = entry['httpUrl'] ?? entry['url'] ?? entry['uri'] ?? entry['serverUrl'] ?? entry['endpoint'];
  const server: JsonObject = {};
  if (typeof command === 'string') {
    server['command'] = command;
    server['args'] = [...words, ...(Array.isArray(nested['args']) ? nested['args'] : [])].map(String);
    const env = {
      ...textsOf(nested['env'] ?? entry['envs'] ?? entry['environment']),
      ...named(entry['env_keys'] ?? entry['env_vars']),
    };
    server['env'] = byReference(env, variables);
    if (typeof entry['cwd'] === 'string') server['cwd'] = entry['cwd'];
  } else if (typeof url === 'string') {
    if (entry['type'] === 'sse') return 'it speaks the older SSE transport; ask for its Streamable HTTP address';
    server['url'] = url;
    const bearer = entry['bearer_token_env_var'];
    if (typeof bearer === 'string') variables.push(bearer);
    server['headers'] = {
      ...byReference(textsOf(entry['headers'] ?? entry['http_headers']), variables),
      ...(typeof bearer === 'string' ? { Authorization: `Bearer \${${bearer}}` } : {}),
    };
  } else return 'it has neither a command nor a url';
  const parsed = ServerConfig.safeParse(server);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not accepted'}`;
}

/** Values that look like secrets become `${NAME}`, to be set where the node runs. */
function byReference(values: Record<string, string>, variables: string[]): JsonObject {
  const referred: JsonObject = {};
  for (const [name, value] of Object.entries(values)) {
    // Editors write ${env:NAME}, and ${input:id} for what they ask for.
    const known = /^\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(value)?.[1] ?? inputIn(value);
    const variable = known ?? name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
    const isSecret = known !== undefined || (secretName.test(name) && value !== '');
    if (isSecret) variables.push(variable);
    referred[name] = isSecret ? `\${${variable}}` : value;
  }
  return referred;
}

function inputIn(value: string): string | undefined {
  return /^\$\{input:([^}]+)\}$/
    .exec(value)?.[1]
    ?.toUpperCase()
    .replace(/[^A-Z0-9]/g, '_');
}

function textsOf(value: Json | undefined): Record<string, string> {
  if (!value || !isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) => (typeof text === 'object' ? [] : [[name, String(text)]])),
  );
}

/** Names of variables whose values the other client keeps elsewhere. */
function named(keys: Json | undefined): Record<string, string> {
  return Array.isArray(keys) ? Object.fromEntries(keys.map((key) => [String(key), `\${${String(key)}}`])) : {};
}

function nameFor(name: string, taken: object): string {
  const letters = name
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 60);
  const base = serverNamePattern.test(letters) ? letters : 'server';
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? base : `${base}-${n}`;
    if (!Object.hasOwn(taken, candidate)) return candidate;
  }
}
