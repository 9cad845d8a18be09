// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import { cx } from './cx.ts';

export interface VirtualRowsRef {
  /** Brings a row into sight and puts the focus into it. */
  focusRow(index: number): void;
}

interface VirtualRowsProps {
  label: string;
  count: number;
  rowHeight: number;
  keyOf: (index: number) => string;
  /** Must be one element with `role="row"` that takes the whole width. */
  children: (index: number) => ReactNode;
  /** A `role="row"` of column headers. */
  header?: ReactNode;
  /** The reader comes near the end. */
  onEnd?: (() => void) | undefined;
  onHold?: ((hold: boolean) => void) | undefined;
  footer?: ReactNode;
  ref?: Ref<VirtualRowsRef>;
  className?: string;
}

/** A table of any length: only the rows in sight are drawn. */
export function VirtualRows(props: VirtualRowsProps) {
  const { label, count, rowHeight, keyOf, children, header, onEnd, onHold, footer, ref, className } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: keyOf,
    overscan: 6,
  });
  const drawn = rows.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;
  useEffect(() => {
    if (count > 0 && last >= count - 12) onEnd?.();
  }, [last, count, onEnd]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new height has to be measured anew
  useEffect(() => rows.measure(), [rowHeight]);
  useImperativeHandle(ref, () => ({ focusRow: (index) => focusRow(scroller.current, rows.scrollToIndex, index) }), [
    rows,
  ]);

  return (
    <div
      ref={scroller}
      role="table"
      aria-label={label}
      aria-rowcount={count}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keys
      tabIndex={0}
      className={cx('min-h-0 flex-1 overflow-auto outline-offset-[-2px]', className)}
      onPointerEnter={() => onHold?.(true)}
      onPointerLeave={() => onHold?.(false)}
    >
      {header && (
        <div role="rowgroup" className="sticky top-0 z-10 bg-surface">
          {header}
        </div>
      )}
      <div role="rowgroup" className="relative" style={{ height: rows.getTotalSize() }}>
        {drawn.map(({ key, index, start }) => (
          <div
            key={key}
            role="presentation"
            data-row={index}
            className="absolute inset-x-0 top-0"
            style={{ height: rowHeight, transform: `translateY(${start}px)` }}
          >
            {children(index)}
          </div>
        ))}
      </div>
      {footer}
    </div>
  );
}

function focusRow(scroller: HTMLElement | null, scrollTo: (index: number) => void, index: number): void {
  scrollTo(index);
  requestAnimationFrame(() => {
    const row = scroller?.querySelector<HTMLElement>(`[data-row="${index}"]`);
    const target = row?.querySelector<HTMLElement>('a[href]') ?? row?.querySelector<HTMLElement>('button');
    target?.focus({ preventScroll: true });
  });
}
