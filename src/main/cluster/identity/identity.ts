import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { selfSigned } from '../../lib/certificate.ts';
import { openKeptKey } from '../../store/kept-key.ts';
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
 * The identity of a data folder, made when it has none, and sealed with `seal` where there is one. A node without its
 * keychain still starts, and knows who it is.
 * @throws RuntimeError `DATA_DIR_UNSAFE`
 */
export function openIdentity(dataDir: string, seal?: Uint8Array): Identity {
  const path = join(dataDir, fileName);
  const unreadable = `The identity ${path} cannot be read: move it away to become a new node.`;
  const kept = openKeptKey(path, 'agent-runtime/node-key', unreadable, seal);
  let credentials: { key: string; cert: string } | undefined;
  return {
    node: nodeIdOf(kept.publicKey),
    publicKey: kept.publicKey,
    credentials() {
      if (!credentials) {
        const key = kept.open();
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
