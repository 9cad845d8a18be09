import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What a certificate that browsers are shown says besides its key. */
export interface ServerTerms {
  from: Date;
  to: Date;
  /** Host names and addresses it stands for. */
  names: readonly string[];
  addresses: readonly string[];
}

/**
 * A self-signed X.509 certificate (RFC 5280) around a P-256 key, in PEM. Peers know each other by the key alone, so
 * without terms nothing else in it means anything, and it never ends: a wrong clock must not part two nodes. Browsers go
 * by its terms.
 */
export function selfSigned(key: KeyObject, commonName: string, terms?: ServerTerms): string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const name = sequence(set(sequence(objectId(commonNameId), tagged(0x0c, Buffer.from(commonName)))));
  const algorithm = sequence(objectId(ecdsaWithSha256));
  // A serial number is positive and not zero: RFC 5280, 4.1.2.2.
  const serial = Buffer.from([0x40 | ((randomBytes(1)[0] as number) >> 2), ...randomBytes(15)]);
  const validity = terms
    ? sequence(utcTime(terms.from), utcTime(terms.to))
    : sequence(tagged(0x18, Buffer.from('20200101000000Z')), tagged(0x18, Buffer.from('99991231235959Z')));
  const version3 = tagged(0xa0, tagged(0x02, Buffer.from([2])));
  const extensions = terms ? [tagged(0xa3, serverExtensions(terms))] : [];
  const content = sequence(
    ...[version3, tagged(0x02, serial), algorithm, name, validity, name, publicKey],
    ...extensions,
  );
  const signature = sign('sha256', content, key);
  const der = sequence(content, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** 2.5.4.3 and 1.2.840.10045.4.3.2, encoded. */
const commonNameId = Buffer.from([0x55, 0x04, 0x03]);
const ecdsaWithSha256 = Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);

/** It is no authority (2.5.29.19), signs handshakes (2.5.29.15) of servers (2.5.29.37), by these names (2.5.29.17). */
function serverExtensions({ names, addresses }: ServerTerms): Buffer {
  const critical = Buffer.from([0x01, 0x01, 0xff]);
  const serverAuth = objectId(Buffer.from([0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01]));
  const known = [
    ...names.map((name) => tagged(0x82, Buffer.from(name, 'latin1'))),
    ...addresses.map((address) => tagged(0x87, addressBytes(address))),
  ];
  const extension = (id: number, value: Buffer, ...flags: Buffer[]): Buffer =>
    sequence(objectId(Buffer.from([0x55, 0x1d, id])), ...flags, tagged(0x04, value));
  return sequence(
    extension(0x13, sequence(), critical),
    extension(0x0f, Buffer.from([0x03, 0x02, 0x07, 0x80]), critical),
    extension(0x25, sequence(serverAuth)),
    extension(0x11, sequence(...known)),
  );
}

/** 4 or 16 bytes of an address as it is written. */
function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  // The URL parser writes every form of an IPv6 address in one way, without IPv4 at its end.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const front = groups(head);
  const back = groups(tail ?? '');
  const all = [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** `YYMMDDHHMMSSZ`, which is what dates before 2050 are written as: RFC 5280, 4.1.2.5. */
function utcTime(date: Date): Buffer {
  return tagged(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`));
}

const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]): Buffer => tagged(0x31, Buffer.concat(parts));
const objectId = (encoded: Buffer): Buffer => tagged(0x06, encoded);

/** Tag, length, content, as DER has it. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
