// biome-ignore-all lint/a11y/useSemanticElements: a grid of which only a part is drawn cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: cells are reached by arrows, and what stands in them has the focus
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { cx } from '../ui/cx.ts';
import { type CellAt, nextCell } from './grid-keys.ts';

interface GridTableProps {
  label: string;
  rowCount: number;
  columnCount: number;
  rowKey: (row: number) => string;
  columnKey: (column: number) => string;
  /** Pixels. */
  size: { row: number; head: number; name: number; column: number };
  corner: ReactNode;
  /** `tabIndex` goes to the one thing in the cell that takes the focus. */
  head: (column: number, tabIndex: number) => ReactNode;
  name: (row: number, tabIndex: number) => ReactNode;
  /** Null: nothing stands there, and the cell itself takes the focus. */
  cell: (row: number, column: number, tabIndex: number) => ReactNode;
  /** What stands in the whole row instead of cells; undefined: cells do. */
  across: (row: number, tabIndex: number) => ReactNode | undefined;
  rowLook: (row: number) => string;
}

/**
 * A grid of any size, with a head and a first column that stay: only what is in sight is drawn. One Tab leads in, to the
 * cell that had the focus last; arrows, Home, End and Page keys lead about.
 */
export function GridTable(props: GridTableProps) {
  const { label, rowCount, columnCount, rowKey, columnKey, size, corner, head, name, cell, across, rowLook } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => size.row,
    getItemKey: rowKey,
    paddingStart: size.head,
    scrollPaddingStart: size.head,
    overscan: 4,
  });
  const columns = useVirtualizer({
    horizontal: true,
    count: columnCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => size.column,
    getItemKey: columnKey,
    paddingStart: size.name,
    scrollPaddingStart: size.name,
    overscan: 2,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other sizes have to be measured anew
  useLayoutEffect(() => {
    rows.measure();
    columns.measure();
  }, [size.row, size.head, size.name, size.column]);
  // Row 0 is the head, column 0 the names.
  const [at, setAt] = useState<CellAt>({ row: 1, column: 0 });
  const wanted = useRef(false);
  useLayoutEffect(() => {
    if (wanted.current && focusOn(scroller.current, at)) wanted.current = false;
  });

  const drawnRows = rows.getVirtualItems();
  const drawnColumns = columns.getVirtualItems();
  const tabAt = (row: number, column: number) => (at.row === row && at.column === column ? 0 : -1);
  const isDrawn =
    (at.row === 0 || drawnRows.some(({ index }) => index === at.row - 1)) &&
    (at.column === 0 || drawnColumns.some(({ index }) => index === at.column - 1));

  function go(next: CellAt) {
    wanted.current = true;
    if (next.row > 0) rows.scrollToIndex(next.row - 1);
    if (next.column > 0) columns.scrollToIndex(next.column - 1);
    setAt(next);
  }

  function cells(row: number): ReactNode {
    const whole = across(row, at.row === row + 1 && at.column > 0 ? 0 : -1);
    if (whole !== undefined)
      return (
        <div
          role="gridcell"
          aria-colspan={columnCount}
          data-cell={`${row + 1}:across`}
          className="sticky top-0 inline-flex h-full items-center"
          style={{ left: size.name }}
        >
          {whole}
        </div>
      );
    return drawnColumns.map(({ key, index: column, start: left }) => {
      const tabIndex = tabAt(row + 1, column + 1);
      const content = cell(row, column, tabIndex);
      return (
        <div
          key={key}
          role="gridcell"
          aria-colindex={column + 2}
          data-cell={`${row + 1}:${column + 1}`}
          {...(content === null && { tabIndex })}
          className="absolute inset-y-0 flex items-center justify-center"
          style={{ left, width: size.column }}
        >
          {content}
        </div>
      );
    });
  }

  const width = columns.getTotalSize();
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columnCount + 1}
      tabIndex={isDrawn ? -1 : 0}
      className="min-h-0 flex-1 overflow-auto outline-offset-[-2px]"
      onKeyDownCapture={(event) => {
        // What is pressed in a menu that a cell opened is the menu's own.
        if (!event.currentTarget.contains(event.target as Node)) return;
        const page = Math.max(1, Math.floor((event.currentTarget.clientHeight - size.head) / size.row) - 1);
        const next = nextCell(event, at, { rows: rowCount, columns: columnCount, page });
        if (!next) return;
        event.preventDefault();
        event.stopPropagation();
        go(next);
      }}
      onFocus={(event) => {
        const place = (event.target as Element).closest<HTMLElement>('[data-cell]')?.dataset['cell'];
        if (place === undefined) return;
        const [row = 0, across = 0] = place.split(':').map(Number);
        const column = Number.isNaN(across) ? Math.max(1, at.column) : across;
        if (row !== at.row || column !== at.column) setAt({ row, column });
      }}
    >
      <div role="presentation" className="relative min-w-full" style={{ height: rows.getTotalSize(), width }}>
        <div
          role="row"
          aria-rowindex={1}
          className="sticky top-0 z-2 border-line border-b bg-surface"
          style={{ height: size.head }}
        >
          <div
            role="columnheader"
            data-cell="0:0"
            tabIndex={tabAt(0, 0)}
            className="sticky left-0 z-1 flex h-full items-end bg-surface px-4 py-2 text-dim text-xs"
            style={{ width: size.name }}
          >
            {corner}
          </div>
          {drawnColumns.map(({ key, index, start }) => (
            <div
              key={key}
              role="columnheader"
              aria-colindex={index + 2}
              data-cell={`0:${index + 1}`}
              className="absolute bottom-0 flex h-full items-end justify-center px-1 py-2"
              style={{ left: start, width: size.column }}
            >
              {head(index, tabAt(0, index + 1))}
            </div>
          ))}
        </div>
        {drawnRows.map(({ key, index: row, start }) => (
          <div
            key={key}
            role="row"
            aria-rowindex={row + 2}
            className={cx('absolute inset-x-0 flex border-line/60 border-b', rowLook(row))}
            style={{ height: size.row, top: start }}
          >
            <div
              role="rowheader"
              data-cell={`${row + 1}:0`}
              className="sticky left-0 z-1 flex h-full shrink-0 items-center bg-inherit px-2"
              style={{ width: size.name }}
            >
              {name(row, tabAt(row + 1, 0))}
            </div>
            {cells(row)}
          </div>
        ))}
      </div>
    </div>
  );
}

function focusOn(scroller: HTMLElement | null, { row, column }: CellAt): boolean {
  const across = column > 0 ? `, [data-cell="${row}:across"]` : '';
  const cell = scroller?.querySelector<HTMLElement>(`[data-cell="${row}:${column}"]${across}`);
  const target = cell?.querySelector<HTMLElement>('a[href], button') ?? cell;
  target?.focus({ preventScroll: true });
  return target !== undefined && target !== null;
}
