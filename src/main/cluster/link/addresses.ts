import { networkInterfaces } from 'node:os';
import { RuntimeError } from '../../../shared/errors.ts';
import type { HostPort } from './tls.ts';

/** Where nodes listen for peers unless told otherwise. */
export const usualPeerPort = 7421;

/** `host`, `host:port`, `[v6]:port` or a bare IPv6 address. @throws RuntimeError `REQUEST_INVALID` */
export function parseAddress(text: string): HostPort {
  const trimmed = text.trim();
  const match =
    /^\[([0-9a-f:.%\w]+)\](?::(\d{1,5}))?$/i.exec(trimmed) ??
    /^([0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.%\w]*)$/i.exec(trimmed) ??
    /^([\p{L}\p{N}._-]{1,253})(?::(\d{1,5}))?$/u.exec(trimmed);
  const port = match?.[2] === undefined ? usualPeerPort : Number(match[2]);
  if (match?.[1] && port >= 1 && port <= 65_535) return { host: match[1], port };
  throw new RuntimeError('REQUEST_INVALID', `"${text}" is no address: give a host, or host:port.`, { address: text });
}

export function addressText({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address of a connection's other end, without the prefix that IPv4 has on a socket for both. */
export function plainHost(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}

/** Where other computers may reach this one: its addresses that are neither loopback nor link-local. */
export function ownHosts(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return all
    .filter(({ internal, address, scopeid }) => !internal && !scopeid && !address.startsWith('169.254.'))
    .map(({ address }) => address);
}
