/** An address in the one form it is compared and shown in: IPv4 in IPv6 becomes IPv4, and a zone is dropped. */
export function plainAddress(address: string): string {
  const bare = address.trim().replace(/%.*$/, '').toLowerCase();
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  if (dotted) return dotted[1] as string;
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare);
  if (!hex) return bare;
  const bits = [hex[1], hex[2]].map((part) => Number.parseInt(part as string, 16));
  return bits.flatMap((part) => [part >> 8, part & 255]).join('.');
}
