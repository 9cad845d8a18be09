import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { asError, RuntimeError } from '../../../../shared/errors.ts';
import type { JsonObject } from '../../../../shared/json.ts';
import { addressKind, plainAddress } from './ip-ranges.ts';

/**
 * Decides which servers may be reached, for everything that fetches on behalf of an agent.
 *
 * E1. Nothing is reachable that is not listed. E2. The addresses that were checked are the ones to connect to; nobody
 * resolves the name again. E3. If one address of a name is not allowed, none is. E4. This node's own ports are never
 * reachable, however they are listed.
 */
export interface EgressRules {
  /**
   * `api.example.com` (default ports), `*.example.org` (its subdomains), `host:8443`, `127.0.0.1:8080`, `[::1]:8080`,
   * `*` (any public host). Private addresses only when listed exactly and with their port.
   */
  allowHosts: readonly string[];
  /** Ports on which this node itself listens. */
  ownPorts?: () => readonly number[];
  /** Further places that must stay out of reach, as `address:port`; the hub of a cluster, for example. */
  outOfReach?: () => readonly string[];
  /** All addresses of a name; the system's resolver unless given. */
  resolve?: (host: string) => Promise<string[]>;
}

/** A server that may be reached, at these addresses and no others. */
export interface CheckedTarget {
  url: URL;
  addresses: string[];
}

export interface EgressGuard {
  /** @throws RuntimeError POLICY_EGRESS_DENIED, or FETCH_FAILED when the name has no address. */
  check(url: string | URL): Promise<CheckedTarget>;
}

interface AllowedHost {
  text: string;
  host: string;
  wildcard: boolean;
  port: number | undefined;
}

export function egressGuard(rules: EgressRules): EgressGuard {
  const allowed = rules.allowHosts.map(allowedHost);
  const resolve = rules.resolve ?? systemResolve;
  return {
    async check(given) {
      const url = parseUrl(given);
      const host = hostOf(url);
      const port = portOf(url);
      const entries = allowed.filter((entry) => matches(entry, url, host, port));
      if (entries.length === 0) throw notListed(host, port, rules.allowHosts);
      const addresses = isIP(host) ? [host] : await resolved(host, resolve);
      const privateListed = entries.some((entry) => listsPrivate(entry));
      for (const address of addresses) checkAddress(address, { host, port, privateListed, rules });
      return { url, addresses };
    },
  };
}

/** @throws RuntimeError REQUEST_INVALID unless it has one of the forms of `EgressRules.allowHosts`. */
export function allowedHost(text: string): AllowedHost {
  if (text === '*') return { text, host: '', wildcard: true, port: undefined };
  const wildcard = text.startsWith('*.');
  const rest = wildcard ? text.slice(2) : text;
  const [, name = '', digits] = (isIP(rest) === 6 ? null : /^(.*?)(?::(\d{1,5}))?$/.exec(rest)) ?? ['', rest];
  const inBrackets = isIP(name) === 6 ? `[${name}]` : name;
  const url = /[\s/?#@*]/.test(name) ? null : URL.parse(`http://${inBrackets}`);
  const port = digits === undefined ? undefined : Number(digits);
  const isUsable = url !== null && url.port === '' && (port === undefined || (port > 0 && port < 65_536));
  if (isUsable) return { text, host: hostOf(url), wildcard, port };
  throw new RuntimeError(
    'REQUEST_INVALID',
    `"${text.slice(0, 80)}" is not a host that can be allowed; write "api.example.com", "*.example.org", "127.0.0.1:8080" or "[::1]:8080".`,
  );
}

function matches(entry: AllowedHost, url: URL, host: string, port: number): boolean {
  const isPort = entry.port === undefined ? url.port === '' : entry.port === port;
  if (!isPort) return false;
  if (!entry.wildcard) return entry.host === host;
  return entry.host === '' || (host.endsWith(`.${entry.host}`) && isIP(host) === 0);
}

/**
 * Whether the entry means a machine of this computer or its network: an address or a name that public DNS does not
 * give out, with its port. A public name must not lead inside, whoever answers for it.
 */
function listsPrivate({ host, wildcard, port }: AllowedHost): boolean {
  if (wildcard || port === undefined) return false;
  return isIP(host) !== 0 || !host.includes('.') || /\.(localhost|local|lan|internal|home\.arpa)$/.test(host);
}

function checkAddress(
  address: string,
  { host, port, privateListed, rules }: { host: string; port: number; privateListed: boolean; rules: EgressRules },
): void {
  const where = isIP(host) ? address : `"${host}" leads to ${address}, which`;
  const kind = addressKind(address);
  if (kind === 'forbidden') {
    throw denied(`${where} is an address that no tool may reach.`, { host, port, address, reason: 'special address' });
  }
  if (isOwn(address, port, rules)) {
    throw denied(`${where} at port ${port} is the runtime itself, which no tool may reach.`, {
      host,
      port,
      address,
      reason: 'own port',
    });
  }
  if (kind === 'private' && !privateListed) {
    const spelled = isIP(address) === 6 ? `[${address}]` : address;
    throw denied(`${where} is a private address; if the agent may reach it, list it as "${spelled}:${port}".`, {
      host,
      port,
      address,
      reason: 'private address',
    });
  }
}

function isOwn(address: string, port: number, rules: EgressRules): boolean {
  const plain = plainAddress(address);
  if (rules.outOfReach?.().some((place) => place === `${plain}:${port}` || place === `[${plain}]:${port}`)) return true;
  if (!rules.ownPorts?.().includes(port)) return false;
  if (plain === '::1' || plain.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some((of) => of?.some((one) => plainAddress(one.address) === plain));
}

async function resolved(host: string, resolve: (host: string) => Promise<string[]>): Promise<string[]> {
  let addresses: string[];
  try {
    addresses = await resolve(host);
  } catch (thrown) {
    throw new RuntimeError('FETCH_FAILED', `The host "${host}" could not be found: ${asError(thrown).message}.`, {
      host,
    });
  }
  if (addresses.length > 0) return addresses;
  throw new RuntimeError('FETCH_FAILED', `The host "${host}" has no address.`, { host });
}

async function systemResolve(host: string): Promise<string[]> {
  return (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);
}

function parseUrl(given: string | URL): URL {
  const url = typeof given === 'string' ? URL.parse(given) : given;
  const shown = String(given).slice(0, 80);
  if (!url || url.href.length > 8_192) {
    throw new RuntimeError('REQUEST_INVALID', `"${shown}" is not a URL; use one such as https://api.example.com/v1.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw denied(`URLs of the kind ${url.protocol} cannot be fetched; use https or http.`, { reason: 'scheme' });
  }
  if (url.username || url.password) {
    throw denied('The URL carries a user name or password; send them in a header instead.', { reason: 'credentials' });
  }
  return url;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function notListed(host: string, port: number, allowHosts: readonly string[]): RuntimeError {
  const list = allowHosts.length === 0 ? 'no host is' : `only ${allowHosts.join(', ')} may be`;
  const shown = isIP(host) === 6 ? `[${host}]` : host;
  return denied(`${shown}:${port} is not on the host list of this agent; ${list} reached.`, {
    host,
    port,
    reason: 'not listed',
  });
}

function denied(message: string, details: JsonObject): RuntimeError {
  return new RuntimeError('POLICY_EGRESS_DENIED', message, details);
}
