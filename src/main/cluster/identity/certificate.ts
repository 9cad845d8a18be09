import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';

/**
 * A self-signed X.509 certificate (RFC 5280) around a P-256 key, in PEM. TLS needs one to carry the key; nothing else
 * in it means anything here, since peers know each other by the key alone. So it never ends either: a wrong clock must
 * not part two nodes.
 */
export function selfSigned(key: KeyObject, commonName: string): string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const name = sequence(set(sequence(objectId(commonNameId), tagged(0x0c, Buffer.from(commonName)))));
  const algorithm = sequence(objectId(ecdsaWithSha256));
  // A serial number is positive and not zero: RFC 5280, 4.1.2.2.
  const serial = Buffer.from([0x40 | ((randomBytes(1)[0] as number) >> 2), ...randomBytes(15)]);
  const validity = sequence(tagged(0x18, Buffer.from('20200101000000Z')), tagged(0x18, Buffer.from('99991231235959Z')));
  const version3 = tagged(0xa0, tagged(0x02, Buffer.from([2])));
  const content = sequence(version3, tagged(0x02, serial), algorithm, name, validity, name, publicKey);
  const signature = sign('sha256', content, key);
  const der = sequence(content, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** 2.5.4.3 and 1.2.840.10045.4.3.2, encoded. */
const commonNameId = Buffer.from([0x55, 0x04, 0x03]);
const ecdsaWithSha256 = Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);

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
