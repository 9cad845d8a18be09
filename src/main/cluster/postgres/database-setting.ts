import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { RuntimeError } from '../../../shared/errors.ts';
import { checkPrivate, replacePrivateFile } from '../../store/private-file.ts';

/** Which database a node keeps its journals in, where it is not its own. The address may hold a password. */
const DatabaseSetting = z.strictObject({
  version: z.literal(1),
  url: z.string().min(1).max(2_000),
  /** `staged`: the next start brings over what is still missing, and goes on there. */
  state: z.enum(['staged', 'in use']),
  since: z.number(),
  /** Why the last start did not go on there; null otherwise. */
  problem: z.string().nullable(),
});
export type DatabaseSetting = z.infer<typeof DatabaseSetting>;

const fileIn = (dataDir: string): string => join(dataDir, 'database.json');

/** @throws RuntimeError `DATA_DIR_UNSAFE` where others may read it, or where it is not what this program writes. */
export function readDatabaseSetting(dataDir: string): DatabaseSetting | undefined {
  const file = fileIn(dataDir);
  if (!existsSync(file)) return undefined;
  checkPrivate(file);
  try {
    return DatabaseSetting.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const hint = 'it says where journals are, so correct or remove it before the node starts';
    throw new RuntimeError('DATA_DIR_UNSAFE', `${file} cannot be read; ${hint}.`, { file }, { cause });
  }
}

export function writeDatabaseSetting(dataDir: string, setting: Omit<DatabaseSetting, 'version'>): void {
  replacePrivateFile(fileIn(dataDir), `${JSON.stringify({ version: 1, ...setting }, null, 2)}\n`);
}

export function removeDatabaseSetting(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true });
}
