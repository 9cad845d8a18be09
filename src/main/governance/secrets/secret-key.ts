import { hkdfSync, randomBytes, scryptSync } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { RuntimeError } from '../../../shared/errors.ts';
import type { SecretStore } from '../../store/secret-store.ts';

/** Gives the 256-bit key that all secrets of a node are sealed with. Asked once, when the first secret is met. */
export type KeySource = (store: SecretStore) => Buffer;

const keyBytes = 32;

export function givenKey(key: Uint8Array): KeySource {
  return () => checked(Buffer.from(key), 'The key');
}

/** The key in a file that only its owner can read; made when it is not there. @throws RuntimeError `DATA_DIR_UNSAFE`. */
export function keyFile(path: string): KeySource {
  return () => {
    try {
      const fd = openSync(path, 'wx', 0o600);
      const key = randomBytes(keyBytes);
      writeSync(fd, `${key.toString('base64')}\n`);
      closeSync(fd);
      return key;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(path, String(thrown));
    }
    const fd = openSync(path, 'r');
    try {
      const { mode } = fstatSync(fd);
      if (process.platform !== 'win32' && (mode & 0o077) !== 0)
        throw unusable(path, 'others may read it; run chmod 600 on it');
      return checked(Buffer.from(readFileSync(fd, 'utf8').trim(), 'base64'), path);
    } finally {
      closeSync(fd);
    }
  };
}

/** The key from words that a person knows: scrypt with N = 2^15, r = 8, p = 1, as OWASP advises at least. */
export function passphraseKey(passphrase: string): KeySource {
  return (store) => {
    const salt = store.salt(() => randomBytes(16));
    return scryptSync(passphrase.normalize('NFKC'), salt, keyBytes, {
      N: 2 ** 15,
      r: 8,
      p: 1,
      maxmem: 64 * 1024 * 1024,
    });
  };
}

/** For a program that keeps nothing. */
export function passingKey(): KeySource {
  return () => randomBytes(keyBytes);
}

/** What the environment says: a key file, else a passphrase, else `fallback`. */
export function keyFromEnvironment(env: Readonly<Record<string, string | undefined>>, fallback: KeySource): KeySource {
  const { AGENT_RUNTIME_KEY_FILE: file, AGENT_RUNTIME_PASSPHRASE: passphrase } = env;
  if (file) return keyFile(file);
  return passphrase ? passphraseKey(passphrase) : fallback;
}

/** Each process has a key of its own (HKDF, RFC 5869), so that no vault opens another's. */
export function processKey(key: Buffer, process: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, new Uint8Array(), `agent-runtime/secrets/${process}`, keyBytes));
}

function checked(key: Buffer, what: string): Buffer {
  if (key.length === keyBytes) return key;
  throw new RuntimeError('DATA_DIR_UNSAFE', `${what} holds no key: it must be ${keyBytes} bytes in base64.`);
}

function unusable(path: string, why: string): RuntimeError {
  return new RuntimeError('DATA_DIR_UNSAFE', `The key file ${path} cannot be used: ${why}.`, { path });
}
