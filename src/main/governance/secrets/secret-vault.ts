import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SecretsConfig } from '../../../shared/config/governance-config.ts';
import type { CarriedSecret } from '../../../shared/crossing.ts';
import { toMs } from '../../../shared/duration.ts';
import type { NewEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import { handlesIn, secretHandle } from '../../../shared/secret-handles.ts';
import type { Clock } from '../../lib/clock.ts';
import { expandVariables, type MissingVariable } from '../../lib/expand-variables.ts';
import { type KnownValue, RedactedStream, Redactor } from '../../lib/redaction.ts';
import type { SealedSecret, SecretStore } from '../../store/secret-store.ts';
import type { GuardedProcess } from '../guard.ts';
import type { OwnKeys } from './literal-secrets.ts';

const untouched: ReadonlySet<string> = new Set([
  'checkpoint',
  'step.ended',
  'process.created',
  'definition.changed',
  'outbox.delivered',
]);
/** Under names that begin so, what a sign-in to a server gave is kept. */
export const signInPrefix = 'sign_in_';

/** Whether there is a `secret://name` anywhere in it. */
export function namesSecret(value: Json): boolean {
  if (typeof value === 'string') return value.includes('secret://');
  return typeof value === 'object' && value !== null && Object.values(value).some(namesSecret);
}

export interface SecretView {
  name: string;
  source: 'manifest' | 'environment' | 'api';
  version: number;
  setAt: number | null;
  /** When it was given a value in place of another; null: it never was. */
  rotatedAt: number | null;
  expiresAt: number | null;
  expired: boolean;
}

export interface VaultParts {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly store: SecretStore;
  /** Of this process alone. */
  key(): Buffer;
}

/**
 * The secrets of one process. Values lie sealed, on disk and in memory, and are opened for the moment of their use.
 *
 * Invariants:
 *   V1. A value leaves the vault only into an outward call that names it, and each such use is in the journal by name.
 *   V2. A new value lives as long as a new one does, whatever was left of the old one's time.
 *   V3. An agent cannot use what is kept for its model, memory, triggers or servers.
 */
export class SecretVault {
  readonly #process: GuardedProcess;
  readonly #parts: VaultParts;
  #config: SecretsConfig | undefined;
  /** Of its model, memory, triggers and servers. */
  #keys: OwnKeys = { values: [], reserved: new Set() };
  #sealed: Map<string, SealedSecret> | undefined;
  /** Values that were replaced or taken away while this program ran: they may still be about. */
  readonly #former: SealedSecret[] = [];

  constructor(process: GuardedProcess, parts: VaultParts) {
    this.#process = process;
    this.#parts = parts;
  }

  isOf(process: GuardedProcess): boolean {
    return this.#process === process;
  }

  /** The settings in force. */
  configure(config: SecretsConfig | undefined, keys: OwnKeys = this.#keys): void {
    this.#config = config?.enabled ? config : undefined;
    this.#keys = keys;
  }

  get isEmpty(): boolean {
    return (
      this.#keys.values.length === 0 &&
      this.#rows.size === 0 &&
      this.#former.length === 0 &&
      Object.keys(this.#config?.secrets ?? {}).length === 0
    );
  }

  /** Whether there is any that the agent can use. */
  get hasUsable(): boolean {
    return this.list().some(({ name }) => !this.#isReserved(name));
  }

  /** As `reveal`, for a call of the agent: what is kept for other parts of its process is not there for it (V3). */
  revealToAgent<T extends Json>(value: T, by: string, run: string | null): T {
    for (const name of handlesIn(value))
      if (this.#isReserved(name))
        throw this.#missing(name, 'is not for its agent; name it under secrets if it is to use it');
    return this.reveal(value, by, run);
  }

  #isReserved(name: string): boolean {
    return this.#keys.reserved.has(name) || name.startsWith(signInPrefix);
  }

  list(): SecretView[] {
    const views = new Map<string, SecretView>();
    for (const name of Object.keys(this.#variables())) {
      views.set(name, {
        name,
        source: 'environment',
        version: 1,
        setAt: null,
        rotatedAt: null,
        ...this.#expiry(name, null),
      });
    }
    for (const row of this.#rows.values()) {
      views.set(row.name, {
        name: row.name,
        source: row.source,
        version: row.version,
        setAt: row.setAt,
        rotatedAt: row.version > 1 ? row.setAt : null,
        ...this.#expiry(row.name, row),
      });
    }
    return [...views.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Sets a value, or a new one in place of the old; with the time to live it is given, or that of the settings. In force
   * at once; resolves when the change is noted.
   */
  set(
    name: string,
    value: string,
    { ttlMs = null, source, by }: { ttlMs?: number | null; source: 'manifest' | 'api'; by?: string },
  ): Promise<void> {
    const before = this.#rows.get(name);
    if (source === 'manifest' && before?.source === 'manifest' && this.#equals(before, value)) return Promise.resolve();
    this.#put(name, value, ttlMs, source);
    return before
      ? this.#note('rotated', name, null, `${name} has a new value${by ? `, given by ${by}` : ''}`)
      : Promise.resolve();
  }

  #put(name: string, value: string, ttlMs: number | null, source: 'manifest' | 'api'): void {
    const before = this.#rows.get(name);
    if (before) this.#former.push(before);
    if (this.#former.length > 20) this.#former.shift();
    const secret = this.#seal({ name, value, version: (before?.version ?? 0) + 1, ttlMs, source });
    this.#parts.store.put(secret);
    this.#rows.set(name, secret);
  }

  /** In force at once; resolves when it is noted. @throws RuntimeError `SECRET_NOT_FOUND`, also for one that the manifest takes from the environment. */
  delete(name: string, by?: string): Promise<void> {
    const row = this.#rows.get(name);
    if (!row)
      throw this.#missing(
        name,
        this.#variables()[name] === undefined
          ? 'is not there'
          : 'comes from the environment; take it out of the manifest',
      );
    this.#former.push(row);
    this.#rows.delete(name);
    this.#parts.store.delete(this.#process.process, name);
    return this.#note('revoked', name, null, `${name} was taken away${by ? ` by ${by}` : ''}`);
  }

  /** What a part of the runtime keeps here for itself; undefined where it keeps nothing. Not noted as a use. */
  kept(name: string): string | undefined {
    const row = this.#rows.get(name);
    return row && this.#open(row);
  }

  /** Keeps something that a part of the runtime needs again; in force at once. */
  async keep(name: string, value: string): Promise<void> {
    this.#put(name, value, null, 'api');
  }

  /** Puts values in the place of `secret://name`, for a call that goes outside. @throws RuntimeError `SECRET_NOT_FOUND`, `SECRET_EXPIRED`. */
  reveal<T extends Json>(value: T, by: string, run: string | null): T {
    return this.#reveal(value, by, run) as T;
  }

  #reveal(value: Json, by: string, run: string | null): Json {
    if (typeof value === 'string') {
      return value.includes('secret://')
        ? value.replace(secretHandle, (_whole, name: string) => this.#use(name, by, run))
        : value;
    }
    if (Array.isArray(value)) return value.map((element) => this.#reveal(element, by, run));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#reveal(inner, by, run)]));
  }

  /** Takes every value this vault knows or knew out of what is to be kept or shown. */
  redact<T>(value: T): T {
    if (this.isEmpty) return value;
    return new Redactor(this.values()).value(value);
  }

  /** The same for a text that comes in pieces. */
  stream(give: (text: string) => void): RedactedStream | undefined {
    return this.isEmpty ? undefined : new RedactedStream(new Redactor(this.values()), give);
  }

  /** Entries for the journal. Definitions are left as they are, results of steps have been cleaned already. */
  cleaned(entries: NewEntry[]): NewEntry[] {
    if (this.isEmpty) return entries;
    const redactor = new Redactor(this.values());
    if (redactor.isEmpty) return entries;
    return entries.map((entry) =>
      untouched.has(entry.kind) ? entry : ({ ...entry, body: redactor.value(entry.body) } as NewEntry),
    );
  }

  /** Names of what is in the vault itself, sign-ins left out. */
  get keptNames(): string[] {
    return [...this.#rows.keys()].filter((name) => !name.startsWith(signInPrefix));
  }

  /** Another text when one of these has another value or another time to live. */
  versionsOf(names: readonly string[]): string {
    return JSON.stringify(names.map((name) => [name, this.#rows.get(name)?.version, this.#rows.get(name)?.setAt]));
  }

  /** Some of them, opened for another node's vault. Not noted as a use. @throws RuntimeError `SECRET_NOT_FOUND`. */
  carry(names: readonly string[]): CarriedSecret[] {
    return names.map((name) => {
      const row = this.#rows.get(name);
      if (!row) throw this.#missing(name, 'is not there');
      const { version, setAt, ttlMs, source } = row;
      return { name, value: this.#open(row), version, setAt, ttlMs, source };
    });
  }

  /** For a redactor; expired and former values too, since they may still open doors. */
  values(): KnownValue[] {
    const known: KnownValue[] = [...this.#rows.values(), ...this.#former].map((row) => ({
      name: row.name,
      value: this.#open(row),
    }));
    for (const [name, value] of Object.entries(this.#variables())) known.push({ name, value });
    return [...known, ...this.#keys.values].flatMap((one) => [one, ...innerSecrets(one)]);
  }

  /** The process is gone, and so are its secrets. */
  forget(): void {
    this.#parts.store.forget(this.#process.process);
    this.#sealed = new Map();
  }

  get #rows(): Map<string, SealedSecret> {
    this.#sealed ??= new Map(this.#parts.store.all(this.#process.process).map((row) => [row.name, row]));
    return this.#sealed;
  }

  /** What the manifest takes from the environment; a value that a person set goes before it. */
  #variables(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [name, written] of Object.entries(this.#config?.secrets ?? {})) {
      if (written === `secret://${name}`) continue;
      const missing: MissingVariable[] = [];
      const value = expandVariables(written, this.#parts.env, missing);
      if (missing.length === 0 && typeof value === 'string' && value !== '') found[name] = value;
    }
    return found;
  }

  #use(name: string, by: string, run: string | null): string {
    const row = this.#rows.get(name);
    const value = row ? this.#open(row) : this.#variables()[name];
    if (value === undefined) throw this.#missing(name, 'is not there');
    const { expired, expiresAt } = this.#expiry(name, row ?? null);
    if (expired) {
      this.#note('expired', name, run, `${by} asked for ${name}, whose time is over`);
      throw new RuntimeError(
        'SECRET_EXPIRED',
        `Secret "${name}" of "${this.#process.process}" expired at ${new Date(expiresAt ?? 0).toISOString()}; set it anew.`,
        { name },
      );
    }
    this.#note('access', name, run, `used by ${by}`);
    return value;
  }

  #expiry(name: string, row: SealedSecret | null): { expiresAt: number | null; expired: boolean } {
    const { ttls = {}, defaultTtl, revokeOnStop = true } = this.#config ?? {};
    const set = ttls[name] ?? defaultTtl;
    const ttlMs = row?.ttlMs ?? (set === undefined ? null : toMs(set));
    if (ttlMs === null) return { expiresAt: null, expired: false };
    const { startedAt, createdAt } = this.#process.snapshot;
    // What the manifest brings, it brings anew with each start, unless it is to outlive a stop.
    const sinceStart = row?.source !== 'api' && revokeOnStop ? startedAt : 0;
    const expiresAt = Math.max(row?.setAt ?? createdAt, sinceStart) + ttlMs;
    return { expiresAt, expired: this.#parts.clock.now() >= expiresAt };
  }

  #seal(secret: Omit<CarriedSecret, 'setAt'>): SealedSecret {
    return sealSecret(this.#parts.key(), this.#process.process, { ...secret, setAt: this.#parts.clock.now() });
  }

  /** @throws RuntimeError `SECRET_NOT_FOUND` for one that this key does not open. */
  #open({ name, version, nonce, sealed }: SealedSecret): string {
    try {
      const cut = sealed.length - 16;
      const cipher = createDecipheriv('aes-256-gcm', this.#parts.key(), nonce);
      cipher.setAAD(bound(this.#process.process, name, version));
      cipher.setAuthTag(sealed.subarray(cut));
      const plain = Buffer.concat([cipher.update(sealed.subarray(0, cut)), cipher.final()]);
      const value = plain.toString();
      plain.fill(0);
      return value;
    } catch {
      throw this.#missing(name, 'cannot be opened with the key of this node; set it anew');
    }
  }

  #equals(row: SealedSecret, value: string): boolean {
    const [before, now] = [Buffer.from(this.#open(row)), Buffer.from(value)];
    return before.length === now.length && timingSafeEqual(before, now);
  }

  #missing(name: string, why: string): RuntimeError {
    return new RuntimeError('SECRET_NOT_FOUND', `Secret "${name}" of "${this.#process.process}" ${why}.`, { name });
  }

  #note(
    what: 'access' | 'expired' | 'rotated' | 'revoked',
    name: string,
    run: string | null,
    text: string,
  ): Promise<void> {
    if (this.#process.snapshot.life === 0) return Promise.resolve();
    const noted = this.#process.append('note-secret', [
      { kind: 'governance.noted', body: { guard: 'secrets', what, about: name, run, text } },
    ]);
    // Not everyone waits for it; the process hears of a failed append by itself.
    noted.catch(() => {});
    return noted;
  }
}

const secretKey = /token|secret|password|passphrase|private|verifier|credential|api_?key/i;

/** Secrets inside of one that is JSON, such as a service account or the tokens of a sign-in: they leak one by one. */
function innerSecrets({ name, value }: KnownValue): KnownValue[] {
  if (!value.startsWith('{')) return [];
  const found: KnownValue[] = [];
  const look = (inner: Json, isSecret: boolean) => {
    if (typeof inner === 'string') {
      if (isSecret) found.push({ name, value: inner });
    } else if (typeof inner === 'object' && inner !== null) {
      for (const [key, one] of Object.entries(inner)) look(one, typeof one === 'string' && secretKey.test(key));
    }
  };
  try {
    look(JSON.parse(value) as Json, false);
  } catch {
    // It only looks like JSON.
  }
  return found;
}

/** As it lies in the store of a node: sealed with the key of its process there. */
export function sealSecret(key: Buffer, process: string, { value, ...about }: CarriedSecret): SealedSecret {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(bound(process, about.name, about.version));
  const plain = Buffer.from(value);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  plain.fill(0);
  return { ...about, process, nonce, sealed };
}

function bound(process: string, name: string, version: number): Buffer {
  return Buffer.from(`${process}\n${name}\n${version}`);
}
