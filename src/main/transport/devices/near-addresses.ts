import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { plainAddress } from '../../lib/plain-address.ts';

/** Addresses that no router of the internet passes on: RFC 1918, 3927, 4193, 4291, 6598. */
const privateNets: readonly (readonly [net: string, prefix: number])[] = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
];

/** The networks this computer is part of, with their length, such as `192.168.1.7/24`. */
export function ownNets(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return all.flatMap(({ cidr }) => (cidr === null ? [] : [cidr]));
}

/** Tells whether an address is of a private network, or of one of those that are given: whether it is near. */
export function nearness(nets: readonly string[]): (address: string | undefined) => boolean {
  const near = new BlockList();
  const add = (net: string, prefix: number) => near.addSubnet(net, prefix, isIPv6(net) ? 'ipv6' : 'ipv4');
  for (const [net, prefix] of privateNets) add(net, prefix);
  for (const cidr of nets) {
    const [net = '', prefix = ''] = cidr.split('/');
    add(net, Number(prefix));
  }
  return (address) => {
    const plain = plainAddress(address ?? '');
    return plain !== '' && near.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  };
}
