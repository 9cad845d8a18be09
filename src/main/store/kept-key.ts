import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { RuntimeError } from '../../shared/errors.ts';
import { isJsonObject } from '../../shared/json.ts';
import { checkPrivate, writeNewPrivateFile } from './private-file.ts';

/** A key pair that never leaves its data folder. */
export interface KeptKey {
  /** SPKI, DER. */
  readonly publicKey: Buffer;
  /** @throws RuntimeError `KEYCHAIN_UNAVAILABLE` */
  open(): KeyObject;
}

/**
 * The key pair in a file, made where there is none. With `seal` a new private key is kept sealed with it; without one it
 * lies in a file that only its owner can read. A sealed key is opened when it is first needed, so that a node without
 * its keychain still starts.
 * @param purpose tells keys that are sealed alike apart.
 * @throws RuntimeError `DATA_DIR_UNSAFE`, in the words of `unreadable` where the file holds no key.
 */
export function openKeptKey(path: string, purpose: string, unreadable: string, seal?: Uint8Array): KeptKey {
  const kept = readKept(path, unreadable) ?? make(path, purpose, seal);
  let key: KeyObject | undefined;
  return {
    publicKey: Buffer.from(kept.publicKey, 'base64'),
    open() {
      key ??= kept.privateKey ? createPrivateKey(kept.privateKey) : unsealed(kept.sealed ?? '', purpose, seal);
      return key;
    },
  };
}

interface Kept {
  publicKey: string;
  privateKey?: string;
  sealed?: string;
}

function readKept(path: string, unreadable: string): Kept | undefined {
  if (!existsSync(path)) return undefined;
  checkPrivate(path);
  try {
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isJsonObject(kept) && typeof kept['publicKey'] === 'string') return kept as unknown as Kept;
  } catch {
    // Told below.
  }
  throw new RuntimeError('DATA_DIR_UNSAFE', unreadable, { path });
}

/** P-256, since not every TLS library that Electron may come with takes Ed25519 in certificates. */
function make(path: string, purpose: string, seal: Uint8Array | undefined): Kept {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kept: Kept = {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    ...(seal
      ? { sealed: sealed(privateKey, purpose, seal) }
      : { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }),
  };
  writeNewPrivateFile(path, `${JSON.stringify(kept, null, 2)}\n`);
  return kept;
}

const sealingKey = (seal: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', seal, new Uint8Array(), purpose, 32));

/** AES-256-GCM: 12 bytes of nonce, 16 of tag, then the key. */
function sealed(key: KeyObject, purpose: string, seal: Uint8Array): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(seal, purpose), nonce);
  const text = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
}

function unsealed(text: string, purpose: string, seal: Uint8Array | undefined): KeyObject {
  const bytes = Buffer.from(text, 'base64');
  try {
    if (!seal) throw new RuntimeError('KEYCHAIN_UNAVAILABLE', 'There is no keychain.');
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(seal, purpose), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    const der = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    const message =
      'The key of this node was sealed by a keychain that cannot be used here: start it where it was made.';
    throw new RuntimeError('KEYCHAIN_UNAVAILABLE', message, {}, { cause });
  }
}
