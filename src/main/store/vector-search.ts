import { createRequire } from 'node:module';
import { asError, RuntimeError } from '../../shared/errors.ts';
import type { Database } from './database.ts';

const loaded = new WeakSet<Database>();

/** Gives a database the functions of sqlite-vec, such as `vec_distance_cosine`. @throws RuntimeError `NOT_SUPPORTED` */
export function enableVectors(db: Database): void {
  if (loaded.has(db)) return;
  try {
    const { getLoadablePath } = createRequire(import.meta.url)('sqlite-vec') as { getLoadablePath(): string };
    // SQLite opens the library itself, and knows nothing of archives.
    db.loadExtension(getLoadablePath().replace(/app\.asar(?=[\\/])/, 'app.asar.unpacked'));
  } catch (thrown) {
    throw new RuntimeError(
      'NOT_SUPPORTED',
      `sqlite-vec cannot be loaded: ${asError(thrown).message}`,
      {},
      { cause: thrown },
    );
  }
  loaded.add(db);
}
