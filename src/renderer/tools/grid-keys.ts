/** A place in a grid: row 0 is its head, column 0 the names of its rows. */
export interface CellAt {
  row: number;
  column: number;
}

interface GridSize {
  rows: number;
  columns: number;
  /** Rows in sight. */
  page: number;
}

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** Where a key leads, as in any grid; null: it is not a key of a grid. */
export function nextCell({ key, ctrlKey, metaKey, altKey }: Pressed, at: CellAt, size: GridSize): CellAt | null {
  if (altKey) return null;
  const wide = ctrlKey || metaKey;
  const { row, column } = at;
  const moves: Record<string, CellAt> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    PageUp: { row: Math.max(1, row - size.page), column },
    PageDown: { row: row + size.page, column },
    Home: { row: wide ? 0 : row, column: 0 },
    End: { row: wide ? size.rows : row, column: size.columns },
  };
  const next = moves[key];
  if (!next) return null;
  return { row: within(next.row, size.rows), column: within(next.column, size.columns) };
}

const within = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
