import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import type { Identity } from '../identity/identity.ts';
import { nodeIdOf } from '../identity/node-id.ts';

/** What a parcel is bound to: it opens for nothing else. */
export interface ParcelLabel {
  readonly process: string;
  readonly from: string;
  readonly to: string;
}

/** A key that was made for one parcel, and what proves to its sender whose it is. */
export interface Offer {
  readonly privateKey: KeyObject;
  readonly offer: Json;
}

const tagBytes = 16;

/**
 * A key for one parcel, signed by the node that is to open it. It is in memory only, so what was sealed for it can be
 * opened by nobody when it is gone (an ephemeral key on both sides, X25519 as in RFC 7748).
 * @throws RuntimeError `KEYCHAIN_UNAVAILABLE`
 */
export function makeOffer(identity: Identity, label: ParcelLabel): Offer {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const signature = sign('sha256', signed(spki, label), identity.credentials().key);
  const text = (bytes: Buffer) => bytes.toString('base64');
  return { privateKey, offer: { node: text(identity.publicKey), key: text(spki), signature: text(signature) } };
}

/** Seals a text for the node that made the offer and no other. @throws RuntimeError `PEER_REFUSED` for an offer of another. */
export function sealParcel(offer: Json, label: ParcelLabel, text: string): Json {
  const [node, spki, signature] = bytesOf(offer, ['node', 'key', 'signature']);
  const identity = nodeIdOf(node) === label.to && createPublicKey({ key: node, type: 'spki', format: 'der' });
  if (!identity || !verify('sha256', signed(spki, label), identity, signature))
    throw new RuntimeError('PEER_REFUSED', `What node ${label.to} offers to be sealed for is not its own.`, {
      node: label.to,
    });
  const own = generateKeyPairSync('x25519');
  const theirs = createPublicKey({ key: spki, type: 'spki', format: 'der' });
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(own.privateKey, theirs, label), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const key = own.publicKey.export({ type: 'spki', format: 'der' });
  return { key: key.toString('base64'), nonce: nonce.toString('base64'), sealed: sealed.toString('base64') };
}

/** @throws RuntimeError `REQUEST_INVALID` for what was not sealed for this key and label. */
export function openParcel(privateKey: KeyObject, label: ParcelLabel, parcel: Json): string {
  const [key, nonce, sealed] = bytesOf(parcel, ['key', 'nonce', 'sealed']);
  try {
    const theirs = createPublicKey({ key, type: 'spki', format: 'der' });
    const cipher = createDecipheriv('aes-256-gcm', keyOf(privateKey, theirs, label), nonce);
    cipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([cipher.update(sealed.subarray(0, -tagBytes)), cipher.final()]).toString('utf8');
  } catch {
    throw new RuntimeError('REQUEST_INVALID', 'The parcel was not sealed for this node and this process.');
  }
}

function keyOf(own: KeyObject, theirs: KeyObject, label: ParcelLabel): Buffer {
  const shared = diffieHellman({ privateKey: own, publicKey: theirs });
  return Buffer.from(hkdfSync('sha256', shared, '', signed(Buffer.alloc(0), label), 32));
}

function signed(key: Buffer, { process, from, to }: ParcelLabel): Buffer {
  return Buffer.concat([Buffer.from(JSON.stringify(['agent-runtime secrets', process, from, to])), key]);
}

function bytesOf<const N extends readonly string[]>(json: Json, names: N): { [K in keyof N]: Buffer } {
  const found = names.map((name) => (isJsonObject(json) ? json[name] : undefined));
  if (!found.every((one) => typeof one === 'string'))
    throw new RuntimeError('REQUEST_INVALID', 'What was sent is no parcel, and no offer of a key for one.');
  return found.map((one) => Buffer.from(one, 'base64')) as { [K in keyof N]: Buffer };
}
