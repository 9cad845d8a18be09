import { basename } from 'node:path';
import { ServerConfig, serverNamePattern } from '../../../shared/config/server-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import {
  installLink,
  installPlace,
  type LinkedServer,
  longestInstallLink,
  type OfferedServer,
} from '../../../shared/install-link.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { checkLaunch, shownSpec } from '../../agent/tools/mcp/server-spec.ts';
import { isLoopbackHost } from '../../lib/loopback.ts';
import { noteOf } from '../../processes/error-note.ts';

const mostArgs = 50;
const longestText = 2_000;
/** Control characters, and those that are not seen or turn the direction of what follows. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u;
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const headerName = /^[A-Za-z0-9-]{1,128}$/;
const shells = /^(sh|bash|zsh|dash|ksh|fish|cmd|powershell|pwsh|osascript|env)(\.exe)?$/i;
const launchers = /^(npx|bunx|pnpx|npm|pnpm|yarn|uvx|uv|pipx|docker|podman|deno)(\.cmd|\.exe)?$/i;
const steering =
  /^(LD_.*|DYLD_.*|PATH|NODE_OPTIONS|PYTHON.*|BASH_ENV|ENV|PERL5OPT|RUBYOPT|JAVA_TOOL_OPTIONS|.*_PROXY)$/i;

/**
 * Reads an install link: `agentruntime://install-server?name=…&config=…` with the settings as base64 of JSON or as
 * parameters of their own, the address of the install page of a node's window, and the links of editors that carry the
 * same JSON. Starts nothing, keeps nothing.
 * @throws RuntimeError `INSTALL_LINK_REFUSED`.
 */
export function readInstallLink(link: string): OfferedServer {
  const text = link.trim();
  if (text.length > longestInstallLink)
    throw refused(`The link has ${text.length} characters; at most ${longestInstallLink} are read.`);
  if (unseen.test(text))
    throw refused('The link has characters that cannot be seen; it may not be what it looks like.');
  const given = parametersOf(text);
  const { name, server } = settingsIn(given);
  if (!serverNamePattern.test(name))
    throw refused(`${JSON.stringify(name)} cannot name a server; use letters, digits, "-" and "_", 64 at most.`);
  const checked = serverFrom(server);
  const parsed = ServerConfig.safeParse(checked);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refused(`${issue?.path.join('.') || 'The server'}: ${issue?.message ?? 'is not accepted'}.`);
  }
  return {
    name,
    server: checked,
    shown: shownSpec(parsed.data),
    warnings: warningsOf(checked),
    problem: problemOf(name, checked),
  };
}

/**
 * The link of a server as a manifest writes it. Values of variables and headers are left out: whoever opens it fills
 * them in. @throws RuntimeError `INSTALL_LINK_REFUSED` where it holds what must not leave this computer.
 */
export function linkOf(name: string, written: Json): { link: string; left: string[] } {
  const server = isJsonObject(written) ? written : {};
  const args = Array.isArray(server['args']) ? server['args'].map(String) : [];
  const [command, url] = ['command', 'url'].map((key) => (typeof server[key] === 'string' ? server[key] : undefined));
  for (const text of [command, url, ...args])
    if (text !== undefined && /\$\{|secret:\/\//.test(text))
      throw refused(`${JSON.stringify(text)} of "${name}" names a variable or a secret, which a link must not carry.`);
  const namesOf = (key: string) => Object.keys(isJsonObject(server[key]) ? server[key] : {});
  const blank = (keys: string[]) => Object.fromEntries(keys.map((key) => [key, '']));
  const [env, headers] = [namesOf('env'), namesOf('headers')];
  const linked: LinkedServer = {
    ...(command === undefined ? {} : { command }),
    args,
    env: blank(env),
    ...(url === undefined ? {} : { url }),
    headers: blank(headers),
  };
  const link = installLink(name, linked);
  readInstallLink(link);
  return { link, left: [...env, ...headers] };
}

interface Parameters {
  query: URLSearchParams;
  /** Where the whole of the query is the settings. */
  whole: string | null;
}

function parametersOf(text: string): Parameters {
  if (!URL.canParse(text)) throw refused('This is no link. One begins with agentruntime://install-server.');
  const url = new URL(text);
  const place = `${url.host}${url.pathname}`.replace(/^\/+|\/+$/g, '');
  if (url.protocol === 'agentruntime:' && place === installPlace) return { query: url.searchParams, whole: null };
  if (/^https?:$/.test(url.protocol) && isLoopbackHost(url.hostname)) {
    const [path, query = ''] = url.hash.replace(/^#/, '').split('?');
    if (path === '/tools/install') {
      const inner = new URLSearchParams(query);
      const link = inner.get('link');
      return link === null ? { query: inner, whole: null } : parametersOf(link);
    }
  }
  // Editors carry the same settings: as a parameter of that name, or as all of the query.
  if (/\/?mcp\/install$/.test(place) && !/^https?:$/.test(url.protocol))
    return { query: url.searchParams, whole: url.searchParams.has('config') ? null : url.search.slice(1) };
  throw refused('This link installs no server. One begins with agentruntime://install-server.');
}

/** Name and settings, from `config` or from parameters of their own. */
function settingsIn({ query, whole }: Parameters): { name: string; server: JsonObject } {
  if (whole !== null) {
    const { name, ...server } = objectIn(decoded(whole));
    return named(typeof name === 'string' ? name : null, server);
  }
  const allowed = query.has('config') ? ['name', 'config'] : ['name', 'command', 'arg', 'env', 'url', 'header'];
  for (const key of new Set(query.keys())) {
    if (!allowed.includes(key))
      throw refused(`The link has ${JSON.stringify(key)}, which is not known; it may have ${allowed.join(', ')}.`);
    if (query.getAll(key).length > 1 && !['arg', 'env', 'header'].includes(key))
      throw refused(`The link says ${key} more than once.`);
  }
  const config = query.get('config');
  if (config !== null) return named(query.get('name'), objectIn(config));
  const server: JsonObject = {
    args: query.getAll('arg'),
    env: pairs(query.getAll('env')),
    headers: pairs(query.getAll('header')),
  };
  for (const key of ['command', 'url']) if (query.has(key)) server[key] = query.get(key);
  return named(query.get('name'), server);
}

/** Some wrap the settings in the name of the server, and that in `mcpServers`. */
function named(name: string | null, settings: JsonObject): { name: string; server: JsonObject } {
  const { mcpServers, ...others } = settings;
  if (isJsonObject(mcpServers) && Object.keys(others).length === 0) return named(name, mcpServers);
  const entries = Object.entries(settings);
  const [only] = entries;
  if (entries.length === 1 && only && isJsonObject(only[1]) && !['env', 'headers'].includes(only[0]))
    return { name: name ?? only[0], server: only[1] };
  if (entries.length > 1 && entries.every(([, value]) => isJsonObject(value)) && !('env' in settings))
    throw refused('The link offers several servers at once; each needs a link of its own.');
  if (name === null) throw refused('The link gives the server no name.');
  return { name, server: settings };
}

function objectIn(text: string): JsonObject {
  // A plus that was not escaped arrives as a space.
  const json = /^\s*\{/.test(text) ? text : fromBase64(text.replace(/ /g, '+'));
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    throw refused('The settings in the link are no JSON.');
  }
  if (!isJsonObject(read)) throw refused('The settings in the link are no JSON object.');
  return read;
}

function fromBase64(text: string): string {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) throw refused('The settings in the link are no base64.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    throw refused('The settings in the link are no text.');
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('The settings in the link cannot be read.');
  }
}

function serverFrom(settings: JsonObject): LinkedServer {
  const known = ['command', 'args', 'env', 'url', 'headers', 'type', 'transport'];
  const unknown = Object.keys(settings).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw refused(
      `The server has ${unknown.map((key) => JSON.stringify(key.slice(0, 60))).join(', ')}, which a link may not set; it may have ${known.join(', ')}.`,
    );
  const kind = settings['type'] ?? settings['transport'];
  if (kind !== undefined && !['stdio', 'http', 'streamable-http', 'streamable_http'].includes(String(kind)))
    throw refused(`Servers of type ${JSON.stringify(kind).slice(0, 60)} are not known; use stdio or http.`);
  const { command, url, args = [] } = settings;
  if (!Array.isArray(args) || args.length > mostArgs || !args.every((arg) => typeof arg === 'string'))
    throw refused(`args is a list of at most ${mostArgs} texts.`);
  if (command !== undefined && typeof command !== 'string') throw refused('command is a text.');
  if (url !== undefined && typeof url !== 'string') throw refused('url is a text.');
  for (const text of [command ?? '', url ?? '', ...args]) checkText(text);
  if (url !== undefined) checkAddress(url);
  return {
    ...(command === undefined ? {} : { command }),
    args,
    env: textsIn(settings['env'], 'env', variableName),
    ...(url === undefined ? {} : { url }),
    headers: textsIn(settings['headers'], 'headers', headerName),
  };
}

function checkText(text: string): void {
  if (text.length > longestText)
    throw refused(`A text in the link has ${text.length} characters; at most ${longestText} are taken.`);
  if (unseen.test(text)) throw refused(`${JSON.stringify(text.slice(0, 60))} has characters that cannot be seen.`);
  // Both would be replaced by values of this computer, and a stranger's link must not ask for those.
  if (/\$\{|secret:\/\//.test(text))
    throw refused(
      `${JSON.stringify(text.slice(0, 60))} asks for a variable or a secret of this computer; fill such things in yourself.`,
    );
}

function checkAddress(text: string): void {
  if (!URL.canParse(text)) throw refused(`${JSON.stringify(text.slice(0, 100))} is no address.`);
  const url = new URL(text);
  if (url.username || url.password) throw refused('The address holds a name or a password; leave them out.');
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) return;
  throw refused(`${url.protocol}//${url.host} is not asked for tools; use https, or http on this computer.`);
}

function textsIn(value: Json | undefined, what: string, pattern: RegExp): Record<string, string> {
  if (value === undefined) return {};
  if (!isJsonObject(value) || Object.keys(value).length > mostArgs)
    throw refused(`${what} is a mapping with at most ${mostArgs} names.`);
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (!pattern.test(name)) throw refused(`${JSON.stringify(name.slice(0, 60))} cannot be a name in ${what}.`);
      if (typeof text !== 'string') throw refused(`${what}.${name} is a text.`);
      checkText(text);
      return [name, text];
    }),
  );
}

/** `NAME` or `NAME=value`. */
function pairs(given: readonly string[]): JsonObject {
  return Object.fromEntries(
    given.map((pair) => {
      const cut = pair.indexOf('=');
      return cut < 0 ? [pair, ''] : [pair.slice(0, cut), pair.slice(cut + 1)];
    }),
  );
}

function warningsOf({ command, args, env, url }: LinkedServer): string[] {
  const program = basename(command ?? '').replace(/^.*\\/, '');
  const warnings: string[] = [];
  if (command !== undefined)
    warnings.push('It is a program that runs on the computer of the node as you do: with your files and your network.');
  if (url !== undefined) warnings.push(`What agents give its tools is sent to ${new URL(url).host}.`);
  if (shells.test(program)) warnings.push(`${program} does whatever its arguments say. Read each of them.`);
  if (launchers.test(program)) warnings.push(`${program} fetches what it runs from the internet.`);
  for (const name of Object.keys(env))
    if (steering.test(name))
      warnings.push(`${name} changes what programs do or whom they ask. Servers seldom need it.`);
  if (args.some((arg) => /[;&|`$<>\n]/.test(arg)))
    warnings.push(
      'Its arguments hold signs that shells act on. It is started without a shell, so they stay as they are.',
    );
  return warnings;
}

function problemOf(name: string, { command, args }: LinkedServer): OfferedServer['problem'] {
  try {
    checkLaunch(name, { command, args });
    return null;
  } catch (thrown) {
    const { code, message } = noteOf(thrown);
    return { code, message };
  }
}

function refused(why: string): RuntimeError {
  return new RuntimeError('INSTALL_LINK_REFUSED', why);
}
