import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Scope } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { checkPrivate, digestOf, replacePrivateFile, writeNewPrivateFile } from '../../store/private-file.ts';

/** What a credential allows, and whom the journal names for what is done with it. */
export interface Grant {
  by: string;
  scope: Scope;
}

const NamedToken = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'use letters, digits, ".", "_" or "-"; at most 64'),
  scope: z.enum(['read', 'operate', 'admin']),
  /** SHA-256 in hex; the token itself is shown once, when it is made. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
});
type NamedToken = z.infer<typeof NamedToken>;
const TokenFile = z.strictObject({ tokens: z.array(NamedToken) });

export type TokenView = Omit<NamedToken, 'hash'> & { expired: boolean };

/** How long a change that another program made to the files may go unnoticed (ms). */
const freshForMs = 250;

/**
 * The tokens of a data folder: `token` (256 bits, may do everything, made at the first start) and named ones with a
 * scope and an end in `tokens.json`, of which only hashes are kept. Both files are for their owner alone. They are the
 * truth: who edits or replaces them, by hand or by the CLI beside a running node, revokes and rotates.
 */
export class TokenStore {
  readonly tokenFile: string;
  readonly #namesFile: string;
  readonly #clock: Clock;
  #main: Buffer = Buffer.alloc(0);
  #named: (NamedToken & { digest: Buffer })[] = [];
  #seen = '';
  #checkedAt = Number.NEGATIVE_INFINITY;

  /** @throws RuntimeError `DATA_DIR_UNSAFE` when a file may be read by others, or holds no token. */
  constructor(dataDir: string, clock: Clock) {
    this.tokenFile = join(dataDir, 'token');
    this.#namesFile = join(dataDir, 'tokens.json');
    this.#clock = clock;
    writeNewPrivateFile(this.tokenFile, `${newToken()}\n`);
    this.#load();
  }

  /** The main token, for clients on this computer. */
  read(): string {
    return readToken(this.tokenFile);
  }

  grantOf(token: string): Grant | undefined {
    this.#refresh();
    const digest = digestOf(token);
    const grant = this.#known(digest);
    if (grant) return grant;
    // It may have been made a moment ago.
    return this.#refresh(0) ? this.#known(digest) : undefined;
  }

  #known(digest: Buffer): Grant | undefined {
    if (timingSafeEqual(digest, this.#main)) return { by: 'api:token', scope: 'admin' };
    const now = this.#clock.now();
    const named = this.#named.find((known) => timingSafeEqual(digest, known.digest));
    if (!named || (named.expiresAt !== null && named.expiresAt <= now)) return undefined;
    return { by: `api:${named.name}`, scope: named.scope };
  }

  list(): TokenView[] {
    this.#refresh(0);
    const now = this.#clock.now();
    return this.#named.map(({ name, scope, createdAt, expiresAt }) => ({
      name,
      scope,
      createdAt,
      expiresAt,
      expired: expiresAt !== null && expiresAt <= now,
    }));
  }

  /**
   * The only time the token is shown. `expiresAt` is epoch ms.
   * @throws RuntimeError `NAME_TAKEN`, `NAME_INVALID`
   */
  create(name: string, scope: Scope, expiresAt: number | null): string {
    this.#refresh(0);
    const token = newToken();
    const hash = digestOf(token).toString('hex');
    const parsed = NamedToken.safeParse({ name, scope, hash, createdAt: this.#clock.now(), expiresAt });
    if (!parsed.success || name === 'token') {
      throw new RuntimeError(
        'NAME_INVALID',
        `A token cannot be called "${name}": use letters, digits, ".", "_" or "-".`,
      );
    }
    if (this.#named.some((known) => known.name === name)) {
      throw new RuntimeError('NAME_TAKEN', `There is a token called "${name}" already; revoke it first.`);
    }
    this.#save([...this.#named, parsed.data]);
    return token;
  }

  /** Ends a named token; streams it has open end within a second. False where there is none of that name. */
  revoke(name: string): boolean {
    this.#refresh(0);
    const rest = this.#named.filter((known) => known.name !== name);
    if (rest.length === this.#named.length) return false;
    this.#save(rest);
    return true;
  }

  /** Replaces the main token. The old one ends at once. */
  rotate(): string {
    const token = newToken();
    replacePrivateFile(this.tokenFile, `${token}\n`);
    this.#refresh(0);
    return token;
  }

  #save(tokens: readonly NamedToken[]): void {
    const plain = tokens.map(({ name, scope, hash, createdAt, expiresAt }) => ({
      name,
      scope,
      hash,
      createdAt,
      expiresAt,
    }));
    replacePrivateFile(this.#namesFile, `${JSON.stringify({ tokens: plain }, null, 2)}\n`);
    this.#refresh(0);
  }

  /** Reads the files again if they have changed; true if they had. */
  #refresh(olderThanMs = freshForMs): boolean {
    const now = this.#clock.elapsed();
    if (now - this.#checkedAt < olderThanMs) return false;
    this.#checkedAt = now;
    if (versionOf(this.tokenFile) + versionOf(this.#namesFile) === this.#seen) return false;
    try {
      this.#load();
    } catch {
      // Files that cannot be trusted open no door; once they are mended they are read again.
      this.#main = randomBytes(32);
      this.#named = [];
    }
    return true;
  }

  #load(): void {
    this.#seen = versionOf(this.tokenFile) + versionOf(this.#namesFile);
    this.#main = digestOf(readToken(this.tokenFile));
    this.#named = readNames(this.#namesFile).map((token) => ({ ...token, digest: Buffer.from(token.hash, 'hex') }));
  }
}

/** 256 random bits, in letters that survive any shell and header. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** @throws RuntimeError `DATA_DIR_UNSAFE` */
export function readToken(file: string): string {
  checkPrivate(file);
  const token = readFileSync(file, 'utf8').trim();
  if (/^[A-Za-z0-9_-]{43,512}$/.test(token)) return token;
  throw new RuntimeError(
    'DATA_DIR_UNSAFE',
    `${file} holds no token of 256 bits: delete it, and the next start makes one.`,
  );
}

function readNames(file: string): NamedToken[] {
  if (versionOf(file) === '-') return [];
  checkPrivate(file);
  try {
    return TokenFile.parse(JSON.parse(readFileSync(file, 'utf8'))).tokens;
  } catch (cause) {
    throw new RuntimeError(
      'DATA_DIR_UNSAFE',
      `${file} cannot be read as a list of tokens; repair or delete it.`,
      {},
      { cause },
    );
  }
}

function versionOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino}:${stat.size}:${stat.mode}:${stat.mtimeMs};` : '-';
}
