import { type Database, type Migration, openDatabase } from './database.ts';

/** A secret at rest: AES-256-GCM, bound to process, name and version. Times are epoch ms. */
export interface SealedSecret {
  process: string;
  name: string;
  version: number;
  setAt: number;
  /** Null: as the settings of the process say. */
  ttlMs: number | null;
  /** Whether its process's manifest brought it, or a person set it. */
  source: 'manifest' | 'api';
  nonce: Uint8Array;
  sealed: Uint8Array;
}

/** Where sealed secrets are kept: a file of its own, so that copies of the journal hold none. */
export interface SecretStore {
  all(process: string): SealedSecret[];
  put(secret: SealedSecret): void;
  delete(process: string, name: string): void;
  forget(process: string): void;
  /** Random bytes that stay the same as long as the store lasts. */
  salt(make: () => Uint8Array): Uint8Array;
  close(): void;
}

const migrations: readonly Migration[] = [
  {
    title: 'sealed secrets',
    sql: `
      CREATE TABLE secrets (
        process TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        set_at INTEGER NOT NULL,
        ttl_ms INTEGER,
        source TEXT NOT NULL,
        nonce BLOB NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (process, name)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE salts (id INTEGER PRIMARY KEY CHECK (id = 1), salt BLOB NOT NULL) STRICT;
    `,
  },
];

/** `:memory:` keeps them as long as the program runs. */
export function openSecretStore(path: string): SecretStore {
  const db: Database = openDatabase(path, migrations);
  // What was deleted must not be found in free pages of the file.
  db.pragma('secure_delete = ON');
  const all = db.prepare(
    'SELECT process, name, version, set_at AS setAt, ttl_ms AS ttlMs, source, nonce, sealed FROM secrets WHERE process = ? ORDER BY name',
  );
  const put = db.prepare(
    'INSERT OR REPLACE INTO secrets (process, name, version, set_at, ttl_ms, source, nonce, sealed) VALUES (@process, @name, @version, @setAt, @ttlMs, @source, @nonce, @sealed)',
  );
  const remove = db.prepare('DELETE FROM secrets WHERE process = ? AND name = ?');
  const forget = db.prepare('DELETE FROM secrets WHERE process = ?');
  return {
    all: (process) => all.all(process) as SealedSecret[],
    put: (secret) => void put.run(secret),
    delete: (process, name) => void remove.run(process, name),
    forget: (process) => void forget.run(process),
    salt(make) {
      db.prepare('INSERT OR IGNORE INTO salts (id, salt) VALUES (1, ?)').run(make());
      return (db.prepare('SELECT salt FROM salts').get() as { salt: Uint8Array }).salt;
    },
    close: () => db.close(),
  };
}
