import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from './app.ts';

/**
 * Electron's safeStorage with a key file in place of the system's keychain. Only the asynchronous part: the other one
 * goes away, so using it is an error here. STANDIN_KEYCHAIN names the backend, `basic_text` being none at all.
 */
export function safeStorageOf(app: App) {
  const key = (): Buffer => {
    const path = join(app.getPath('userData'), 'standin-keychain');
    if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600 });
    return readFileSync(path);
  };
  const removed = () => {
    throw new Error('The synchronous safeStorage API is gone; use the asynchronous one.');
  };
  return {
    isAsyncEncryptionAvailable: async () => app.isReady(),
    getSelectedStorageBackend: () => process.env['STANDIN_KEYCHAIN'] ?? 'gnome_libsecret',
    encryptStringAsync: async (plain: string): Promise<Buffer> => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key(), nonce);
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    decryptStringAsync: async (sealed: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }> => {
      const decipher = createDecipheriv('aes-256-gcm', key(), sealed.subarray(0, 12));
      decipher.setAuthTag(sealed.subarray(12, 28));
      const plain = Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
      return { result: plain.toString('utf8'), shouldReEncrypt: false };
    },
    isEncryptionAvailable: removed,
    encryptString: removed,
    decryptString: removed,
  };
}

/** Electron's clipboard, as far as text goes. */
export function clipboardOf() {
  let held = '';
  return {
    readText: () => held,
    writeText: (text: string) => {
      held = text;
    },
    clear: () => {
      held = '';
    },
  };
}
