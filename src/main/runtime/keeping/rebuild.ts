import type { Journal } from '../../journal/journal.ts';
import { keepOldRows } from '../../journal/tables/read-model-upkeep.ts';
import { ReadModels } from '../../journal/tables/read-models.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { readModelTables, runtimeMigrations } from '../../store/migrations.ts';

/** Makes the read models again from the journal, says where they differed from what was there, and puts them in place. */
export async function rebuildReadModels(
  live: Database,
  journal: Journal,
): Promise<{ equal: boolean; differences: string[]; entries: number }> {
  const fresh = openDatabase(':memory:', runtimeMigrations);
  try {
    const { entries, horizons } = await new ReadModels(fresh).rebuild(journal);
    keepOldRows(live, fresh, horizons);
    const differences: string[] = [];
    live.transaction(() => {
      for (const table of readModelTables) {
        const difference = compare(table, rowsOf(live, table), rowsOf(fresh, table));
        if (!difference) continue;
        differences.push(difference);
        replace(live, table, fresh);
      }
    })();
    return { equal: differences.length === 0, differences, entries };
  } finally {
    fresh.close();
  }
}

function rowsOf(db: Database, table: string): string[] {
  return (db.prepare(`SELECT * FROM ${table}`).all() as object[]).map((row) => JSON.stringify(row)).sort();
}

function compare(table: string, was: readonly string[], is: readonly string[]): string | null {
  if (was.length !== is.length) return `${table} had ${was.length} rows and has ${is.length}`;
  const at = was.findIndex((row, index) => row !== is[index]);
  return at < 0 ? null : `${table}: ${was[at]} is ${is[at]}`;
}

function replace(live: Database, table: string, fresh: Database): void {
  live.exec(`DELETE FROM ${table}`);
  for (const row of fresh.prepare(`SELECT * FROM ${table}`).iterate() as Iterable<Record<string, unknown>>) {
    const columns = Object.keys(row);
    live
      .prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
      .run(...Object.values(row));
  }
}
