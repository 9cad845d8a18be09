// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import {
  type FocusEvent,
  type Key,
  type ReactNode,
  type Ref,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from 'react';
import { cx } from './cx.ts';
import { slotsFor } from './row-slots.ts';

export interface VirtualRowsRef {
  /** Brings a row into sight and puts the focus into it. */
  focusRow(index: number): void;
}

/** Places of the rows in sight, once the list rests. */
export interface Sight {
  first: number;
  last: number;
}
export const nothingInSight: Sight = { first: 0, last: -1 };

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
  onSight?: ((sight: Sight) => void) | undefined;
  footer?: ReactNode;
  /** Rows keep nothing of their own but by a key: what scrolls into sight takes the elements of what left. */
  recycled?: boolean;
  ref?: Ref<VirtualRowsRef>;
  className?: string;
}

/** A table of any length: only the rows in sight are drawn. */
export function VirtualRows(props: VirtualRowsProps) {
  const {
    label,
    count,
    rowHeight,
    keyOf,
    children,
    header,
    onEnd,
    onHold,
    onSight,
    footer,
    ref,
    className,
    recycled = false,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: keyOf,
    overscan: 6,
  });
  const drawn = useDrawn(rows.getVirtualItems(), recycled, rows.isScrolling);
  const { startIndex: first, endIndex: last } = rows.range ?? { startIndex: 0, endIndex: 0 };
  const isMoving = rows.isScrolling;
  useEffect(() => {
    if (count > 0 && !isMoving) onSight?.({ first, last });
  }, [first, last, count, isMoving, onSight]);
  useEffect(() => {
    if (count > 0 && last >= count - 12) onEnd?.();
  }, [last, count, onEnd]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new height has to be measured anew
  useEffect(() => rows.measure(), [rowHeight]);
  const onFocus = useFocusOfRow(scroller, keyOf);
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
      onFocus={onFocus}
      onPointerEnter={() => onHold?.(true)}
      onPointerLeave={() => onHold?.(false)}
    >
      {header && (
        <div role="rowgroup" className="sticky top-0 z-10 bg-surface">
          {header}
        </div>
      )}
      <div role="rowgroup" className="relative" style={{ height: rows.getTotalSize() }}>
        {drawn.map(({ slot, index, start }) => (
          <div
            key={slot}
            role="presentation"
            data-row={index}
            className="absolute inset-x-0 [contain:size_layout_style]"
            style={{ height: rowHeight, top: start }}
          >
            {children(index)}
          </div>
        ))}
      </div>
      {footer}
    </div>
  );
}

/** An element that shows another row now does not keep the focus it had for the one before: a key would act on the wrong one. */
function useFocusOfRow(scroller: RefObject<HTMLElement | null>, keyOf: (index: number) => string) {
  const focused = useRef<string | null>(null);
  const rowOf = (element: Element | null) => element?.closest<HTMLElement>('[data-row]')?.dataset['row'];
  useLayoutEffect(() => {
    if (focused.current === null) return;
    const row = rowOf(document.activeElement);
    if (row === undefined || !scroller.current?.contains(document.activeElement)) focused.current = null;
    else if (keyOf(Number(row)) !== focused.current) scroller.current.focus({ preventScroll: true });
  });
  return (event: FocusEvent) => {
    const row = rowOf(event.target);
    focused.current = row === undefined ? null : keyOf(Number(row));
  };
}

interface DrawnRow {
  slot: Key;
  index: number;
  start: number;
}

/**
 * Elements that stay where they are in the page are the cheap ones, so while the list moves recycled rows stand there in
 * the order of their slots; at rest they stand in their own order, which is the one that Tab and screen readers follow.
 */
function useDrawn(rows: readonly VirtualItem[], recycled: boolean, isMoving: boolean): readonly DrawnRow[] {
  const slots = useRef<ReadonlyMap<string, number>>(new Map());
  if (!recycled) return rows.map(({ key, index, start }) => ({ slot: key, index, start }));
  const given = slotsFor(
    slots.current,
    rows.map(({ key }) => String(key)),
  );
  slots.current = given;
  const drawn = rows.map(({ key, index, start }) => ({ slot: given.get(String(key)) ?? index, index, start }));
  return isMoving ? drawn.sort((a, b) => a.slot - b.slot) : drawn;
}

function focusRow(scroller: HTMLElement | null, scrollTo: (index: number) => void, index: number): void {
  scrollTo(index);
  requestAnimationFrame(() => {
    const row = scroller?.querySelector<HTMLElement>(`[data-row="${index}"]`);
    const target = row?.querySelector<HTMLElement>('a[href]') ?? row?.querySelector<HTMLElement>('button');
    target?.focus({ preventScroll: true });
  });
}
