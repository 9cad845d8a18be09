import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject } from '../../../shared/json.ts';
import { checkPrivate, writeNewPrivateFile } from '../../store/private-file.ts';
import { selfSigned } from './certificate.ts';
import { nodeIdOf } from './node-id.ts';

/** Who a node is: the holder of a key that never leaves its data folder. */
export interface Identity {
  readonly node: string;
  /** SPKI, DER. */
  readonly publicKey: Buffer;
  /** What TLS shows and signs with, in PEM. @throws RuntimeError `KEYCHAIN_UNAVAILABLE` */
  credentials(): { key: string; cert: string };
}

const fileName = 'node-key.json';

/**
 * The identity of a data folder, made when it has none. With `seal` a new private key is kept sealed with it; without
 * one it lies in a file that only its owner can read. A sealed key is opened when it is first needed, so that a node
 * without its keychain still starts, and knows who it is.
 * @throws RuntimeError `DATA_DIR_UNSAFE`
 */
export function openIdentity(dataDir: string, seal?: Uint8Array): Identity {
  const path = join(dataDir, fileName);
  const kept = readKept(path) ?? make(path, seal);
  const publicKey = Buffer.from(kept.publicKey, 'base64');
  let credentials: { key: string; cert: string } | undefined;
  return {
    node: nodeIdOf(publicKey),
    publicKey,
    credentials() {
      if (!credentials) {
        const key = kept.privateKey ? createPrivateKey(kept.privateKey) : unsealed(kept.sealed ?? '', seal);
        const pem = key.export({ type: 'pkcs8', format: 'pem' }) as string;
        credentials = { key: pem, cert: selfSigned(key, 'agent-runtime') };
      }
      return credentials;
    },
  };
}

/** Has the next start make another identity. The present one is lost. */
export function forgetIdentity(dataDir: string): void {
  rmSync(join(dataDir, fileName), { force: true });
}

interface Kept {
  publicKey: string;
  privateKey?: string;
  sealed?: string;
}

function readKept(path: string): Kept | undefined {
  if (!existsSync(path)) return undefined;
  checkPrivate(path);
  try {
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isJsonObject(kept) && typeof kept['publicKey'] === 'string') return kept as unknown as Kept;
  } catch {
    // Told below.
  }
  const message = `The identity ${path} cannot be read: move it away to become a new node.`;
  throw new RuntimeError('DATA_DIR_UNSAFE', message, { path });
}

/** P-256, since not every TLS library that Electron may come with takes Ed25519 in certificates. */
function make(path: string, seal: Uint8Array | undefined): Kept {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kept: Kept = {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    ...(seal
      ? { sealed: sealed(privateKey, seal) }
      : { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }),
  };
  writeNewPrivateFile(path, `${JSON.stringify(kept, null, 2)}\n`);
  return kept;
}

const sealingKey = (seal: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', seal, new Uint8Array(), 'agent-runtime/node-key', 32));

/** AES-256-GCM: 12 bytes of nonce, 16 of tag, then the key. */
function sealed(key: KeyObject, seal: Uint8Array): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(seal), nonce);
  const text = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
}

function unsealed(text: string, seal: Uint8Array | undefined): KeyObject {
  const bytes = Buffer.from(text, 'base64');
  try {
    if (!seal) throw new RuntimeError('KEYCHAIN_UNAVAILABLE', 'There is no keychain.');
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(seal), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    const der = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    const message =
      'The key of this node was sealed by a keychain that cannot be used here: start it where it was made.';
    throw new RuntimeError('KEYCHAIN_UNAVAILABLE', message, {}, { cause });
  }
}
