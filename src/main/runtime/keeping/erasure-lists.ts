import type { Database } from '../../store/database.ts';

/** What screens list of what was said, beside the journal. */
export const listColumns = [
  ['read_bus_events', 'data'],
  ['read_inbox', 'item'],
  ['read_inbox', 'answer'],
  ['read_runs', 'gist'],
  ['read_runs', 'note'],
] as const;

/** Takes it out of what screens list. @returns how many rows held it. */
export function clearLists(db: Database, isTelling: (json: string) => boolean): number {
  let cleared = 0;
  db.transaction(() => {
    for (const [table, column] of listColumns) {
      const rows = db.prepare(`SELECT id, ${column} AS text FROM ${table} WHERE ${column} IS NOT NULL`).all() as {
        id: string;
        text: string;
      }[];
      for (const { id, text } of rows) {
        if (!isTelling(text)) continue;
        cleared++;
        if (column === 'item') {
          const item = { ...(JSON.parse(text) as object), question: '(forgotten since)', about: {} };
          db.prepare('UPDATE read_inbox SET item = ? WHERE id = ?').run(JSON.stringify(item), id);
        } else db.prepare(`UPDATE ${table} SET ${column} = ? WHERE id = ?`).run('"(forgotten since)"', id);
      }
    }
  })();
  return cleared;
}
