import { Check, ChevronDown, Minus } from 'lucide-react';
import { Switch as SwitchParts } from 'radix-ui';
import type { ComponentProps } from 'react';
import type { OperationName } from '../../shared/api.ts';
import { useWhyNot } from '../stores/access.tsx';
import { cx } from './cx.ts';

export const fieldLook =
  'w-full min-w-0 rounded-md border border-edge/70 bg-surface px-2.5 text-sm text-ink placeholder:text-faint focus-visible:border-accent aria-invalid:border-bad disabled:opacity-60';

export function TextField({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input type="text" autoComplete="off" spellCheck={false} {...rest} className={cx(fieldLook, 'h-8.5', className)} />
  );
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea spellCheck={false} {...rest} className={cx(fieldLook, 'min-h-20 resize-y py-1.5', className)} />;
}

export function Choice({ className, ...rest }: ComponentProps<'select'>) {
  return (
    <span className={cx('relative inline-flex h-8.5 min-w-0', className)}>
      <select {...rest} className={cx(fieldLook, 'h-full appearance-none truncate pr-7')} />
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2 size-4 -translate-y-1/2 text-faint"
      />
    </span>
  );
}

interface SwitchProps {
  checked: boolean;
  onChange: (on: boolean) => void;
  label?: string;
  id?: string;
  disabled?: boolean;
  /** What it asks for: where this device may not, it is disabled and says why. */
  asks?: OperationName;
}

export function Switch({ checked, onChange, label, asks, ...rest }: SwitchProps) {
  const refusal = useWhyNot()(asks);
  return (
    <SwitchParts.Root
      {...rest}
      {...(refusal !== null && { disabled: true, title: refusal })}
      checked={checked}
      onCheckedChange={onChange}
      aria-label={label}
      className="relative h-5 w-9 shrink-0 rounded-full border border-edge bg-sunken transition-colors disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
    >
      <SwitchParts.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-dim transition-transform data-[state=checked]:translate-x-4.5 data-[state=checked]:bg-on-accent" />
    </SwitchParts.Root>
  );
}

interface CheckboxProps {
  checked: boolean | 'indeterminate';
  onChange: (on: boolean, shift: boolean) => void;
  label: string;
  className?: string;
}

/** Light on purpose: lists have one in each row. */
export function Checkbox({ checked, onChange, label, className }: CheckboxProps) {
  const Mark = checked === 'indeterminate' ? Minus : Check;
  return (
    // biome-ignore lint/a11y/useSemanticElements: it has a third state that looks alike everywhere
    <button
      type="button"
      role="checkbox"
      aria-checked={checked === 'indeterminate' ? 'mixed' : checked}
      aria-label={label}
      onClick={(event) => {
        event.stopPropagation();
        onChange(checked !== true, event.shiftKey);
      }}
      // Large enough to be hit, while it takes the room of the box alone.
      className={cx('-m-[3px] flex size-6 shrink-0 items-center justify-center rounded', className)}
    >
      <span
        className={cx(
          'flex size-4.5 items-center justify-center rounded border',
          checked === false ? 'border-edge bg-surface' : 'border-accent bg-accent text-on-accent',
        )}
      >
        {checked !== false && <Mark aria-hidden className="size-3.5" />}
      </span>
    </button>
  );
}
