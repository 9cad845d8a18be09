import type { SafeStorage } from 'electron';
import { RuntimeError } from '../../shared/errors.ts';

/** A key sealed by the system, so that a copy of the data folder alone does not open it. */
export interface Keychain {
  seal(key: Uint8Array): Promise<Uint8Array>;
  /** `sealAgain`: the system has a newer key of its own; seal what was opened once more. */
  open(sealed: Uint8Array): Promise<{ key: Uint8Array; sealAgain: boolean }>;
}

/**
 * The system's keychain through Electron; to be asked for once Electron is ready.
 * @throws RuntimeError `KEYCHAIN_UNAVAILABLE` where there is none. A Linux without one falls back to a password that
 * is the same everywhere (`basic_text`), which protects nothing and is taken for none.
 */
export async function openKeychain(safeStorage: SafeStorage, platform: NodeJS.Platform): Promise<Keychain> {
  const isThere = await safeStorage.isAsyncEncryptionAvailable();
  const backend = platform === 'linux' ? safeStorage.getSelectedStorageBackend() : 'system';
  if (!isThere || backend === 'basic_text' || backend === 'unknown') {
    throw new RuntimeError('KEYCHAIN_UNAVAILABLE', 'This system has no keychain that could protect the secrets.', {
      backend,
    });
  }
  return {
    seal: (key) => safeStorage.encryptStringAsync(Buffer.from(key).toString('base64')),
    async open(sealed) {
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(Buffer.from(sealed));
      return { key: Buffer.from(result, 'base64'), sealAgain: shouldReEncrypt };
    },
  };
}
