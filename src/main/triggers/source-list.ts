import { BlockList, isIP } from 'node:net';
import { RuntimeError } from '../../shared/errors.ts';
import { plainAddress } from '../lib/plain-address.ts';

/** Whether the caller runs on this computer. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/**
 * Whether an address is on the list of IP addresses and CIDR ranges; an empty list allows all.
 * @throws RuntimeError `REQUEST_INVALID` naming the entry that is neither.
 */
export function sourceList(entries: readonly string[]): (address: string) => boolean {
  if (entries.length === 0) return () => true;
  const list = new BlockList();
  for (const entry of entries) add(list, entry);
  return (address) => {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  };
}

function add(list: BlockList, entry: string): void {
  const [address = '', bits, more] = entry.trim().split('/');
  const plain = plainAddress(address);
  const family = isIP(plain);
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const most = family === 4 ? 32 : 128;
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8
  const prefix = bits === undefined ? most : Number(bits) - (family === 4 && address.includes(':') ? 96 : 0);
  if (
    family === 0 ||
    more !== undefined ||
    !/^\d{0,3}$/.test(bits ?? '') ||
    bits === '' ||
    prefix < 0 ||
    prefix > most
  ) {
    throw new RuntimeError(
      'REQUEST_INVALID',
      `"${entry}" among allowed_sources is neither an IP address nor a range such as 10.0.0.0/8 or 2001:db8::/32.`,
      { field: 'allowed_sources', entry },
    );
  }
  if (bits === undefined) list.addAddress(plain, type);
  else list.addSubnet(plain, prefix, type);
}
