import { isIPv4, isIPv6 } from 'node:net';

/**
 * What an address is to a tool that fetches: `public` may be reached when its host is allowed, `private` (this machine,
 * home and office networks) only when it is listed with its port, `forbidden` never.
 */
export type AddressKind = 'public' | 'private' | 'forbidden';

/** IANA special-purpose registry of IPv4 (RFC 6890), and addresses at which clouds hand out credentials. */
const special4: readonly [range: string, kind: AddressKind][] = [
  ['0.0.0.0/8', 'forbidden'],
  ['10.0.0.0/8', 'private'],
  ['100.100.100.200/32', 'forbidden'], // metadata of Alibaba Cloud
  ['100.64.0.0/10', 'private'],
  ['127.0.0.0/8', 'private'],
  ['168.63.129.16/32', 'forbidden'], // wire server of Azure
  ['169.254.0.0/16', 'forbidden'], // link-local, with the metadata of most clouds
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'forbidden'],
  ['192.0.2.0/24', 'forbidden'],
  ['192.88.99.0/24', 'forbidden'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'forbidden'],
  ['198.51.100.0/24', 'forbidden'],
  ['203.0.113.0/24', 'forbidden'],
  ['224.0.0.0/3', 'forbidden'], // multicast, reserved, broadcast
];

/** Of IPv6 only 2000::/3 is in public use; these are the exceptions inside it, and what else may be told apart. */
const special6: readonly [range: string, kind: AddressKind][] = [
  ['::1/128', 'private'],
  ['fd00:ec2::254/128', 'forbidden'], // metadata of AWS
  ['fd20:ce::254/128', 'forbidden'], // metadata of Google Cloud
  ['fc00::/7', 'private'],
  ['2001::/23', 'forbidden'],
  ['2001:db8::/32', 'forbidden'],
  ['3fff::/20', 'forbidden'],
  ['2000::/3', 'public'],
];

/** Forms that carry an IPv4 address, which then decides: prefix, and how many bits follow the address. */
const carriers: readonly [range: string, bitsAfter: bigint][] = [
  ['::ffff:0:0/96', 0n], // mapped
  ['::ffff:0:0:0/96', 0n], // translated
  ['64:ff9b::/96', 0n], // NAT64
  ['2002::/16', 80n], // 6to4
];

interface Range<Kind> {
  base: bigint;
  bits: bigint;
  kind: Kind;
}

const ranges4 = special4.map(([text, kind]) => range(text, 32, kind));
const ranges6 = special6.map(([text, kind]) => range(text, 128, kind));
const carrierRanges = carriers.map(([text, bitsAfter]) => range(text, 128, bitsAfter));
const [mapped] = carrierRanges;

/** The kind of an address as name resolution gives it; what cannot be read is forbidden. */
export function addressKind(address: string): AddressKind {
  if (isIPv4(address)) return kindOf4(number4(address));
  // A zone (`fe80::1%eth0`) only occurs with link-local addresses.
  if (!isIPv6(address) || address.includes('%')) return 'forbidden';
  const number = number6(address);
  const carrier = carrierRanges.find((candidate) => within(candidate, number));
  if (carrier) {
    const kind = kindOf4((number >> carrier.kind) & 0xffff_ffffn);
    // A private machine can be listed by its own address; reaching it through a translator is never meant.
    return kind === 'public' || carrier === mapped ? kind : 'forbidden';
  }
  return ranges6.find((candidate) => within(candidate, number))?.kind ?? 'forbidden';
}

function kindOf4(number: bigint): AddressKind {
  return ranges4.find((candidate) => within(candidate, number))?.kind ?? 'public';
}

/** One spelling per address: `::FFFF:1.2.3.4` is `1.2.3.4`, `0:0::1` is `::1`. */
export function plainAddress(address: string): string {
  if (!isIPv6(address) || address.includes('%')) return address;
  const number = number6(address);
  if (number >> 32n === 0xffffn) return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 0xffn).join('.');
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function within<Kind>({ base, bits }: Range<Kind>, number: bigint): boolean {
  return number >> bits === base >> bits;
}

function range<Kind>(text: string, width: number, kind: Kind): Range<Kind> {
  const [address = '', prefix] = text.split('/');
  return { base: width === 32 ? number4(address) : number6(address), bits: BigInt(width - Number(prefix)), kind };
}

function number4(address: string): bigint {
  return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function number6(address: string): bigint {
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
