import type { LucideIcon } from 'lucide-react';
import { ToggleGroup } from 'radix-ui';
import { cx } from './cx.ts';

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; text: string; icon?: LucideIcon }[];
  onChange: (value: T) => void;
  /** Shows icons alone; the words stay for screen readers. */
  iconsOnly?: boolean;
}

/** One of a few, all in sight. */
export function Segmented<T extends string>({ label, value, options, onChange, iconsOnly = false }: SegmentedProps<T>) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => next && onChange(next as T)}
      className="inline-flex h-8 shrink-0 items-center rounded-lg bg-sunken p-0.5"
    >
      {options.map(({ value: option, text, icon: Icon }) => (
        <ToggleGroup.Item
          key={option}
          value={option}
          aria-label={text}
          title={iconsOnly ? text : undefined}
          className={cx(
            'inline-flex h-7 items-center gap-1.5 rounded-md px-2.5 font-medium text-[0.8125rem] text-dim hover:text-ink narrow:px-1.5',
            'data-[state=on]:bg-surface data-[state=on]:text-ink data-[state=on]:shadow-raised',
          )}
        >
          {Icon && <Icon aria-hidden className="size-4" />}
          {!iconsOnly && text}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
