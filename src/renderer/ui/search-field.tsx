import { Search } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cx } from './cx.ts';
import { TextField } from './fields.tsx';

interface SearchFieldProps extends Omit<ComponentProps<'input'>, 'type' | 'aria-label' | 'onChange' | 'className'> {
  /** Its name; nothing else names it. */
  label: string;
  onText: (text: string) => void;
  /** Of the field with its icon: how wide it is. */
  className?: string;
}

export function SearchField({ label, onText, className, ...rest }: SearchFieldProps) {
  return (
    <div className={cx('relative', className)}>
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
      <TextField
        {...rest}
        type="search"
        aria-label={label}
        onChange={(event) => onText(event.target.value)}
        className="h-8 pl-8"
      />
    </div>
  );
}
