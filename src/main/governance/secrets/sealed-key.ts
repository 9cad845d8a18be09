import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RuntimeError } from '../../../shared/errors.ts';

/** What seals a key, so that a copy of the data folder alone does not open it. */
export interface KeySeal {
  seal(key: Uint8Array): Promise<Uint8Array>;
  /** `sealAgain`: there is a newer way to seal it; what was opened should be sealed once more. */
  open(sealed: Uint8Array): Promise<{ key: Uint8Array; sealAgain: boolean }>;
}

/**
 * The key of a data folder, sealed by the system's keychain. Undefined where there is no keychain, and where the folder
 * has a plain key file already: what was sealed with that must stay readable.
 */
export async function sealedKey(
  dataDir: string,
  openKeychain: () => Promise<KeySeal>,
): Promise<Uint8Array | undefined> {
  const path = join(dataDir, 'secret.sealed');
  if (!existsSync(path) && existsSync(join(dataDir, 'secret.key'))) return undefined;
  let keychain: KeySeal;
  try {
    keychain = await openKeychain();
  } catch (thrown) {
    // Without what sealed it, a sealed key is lost: making another would lose the secrets as well.
    if (thrown instanceof RuntimeError && thrown.code === 'KEYCHAIN_UNAVAILABLE' && !existsSync(path)) return undefined;
    throw thrown;
  }
  const keep = async (key: Uint8Array) => {
    writeFileSync(`${path}.new`, await keychain.seal(key), { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  };
  if (!existsSync(path)) {
    const key = randomBytes(32);
    await keep(key);
    return key;
  }
  const { key, sealAgain } = await keychain.open(readFileSync(path));
  if (sealAgain) await keep(key);
  return key;
}
