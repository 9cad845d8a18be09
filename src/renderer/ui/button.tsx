import { cva, type VariantProps } from 'class-variance-authority';
import type { LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import type { OperationName } from '../../shared/api.ts';
import { useWhyNot } from '../stores/access.tsx';
import { cx } from './cx.ts';
import type { KeyHint } from './keys.tsx';
import { Tip } from './tip.tsx';

const looks = cva(
  'inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors disabled:opacity-50',
  {
    variants: {
      look: {
        solid: 'bg-accent text-on-accent hover:bg-accent-strong',
        outline: 'border border-edge/70 bg-surface text-ink hover:bg-hover',
        soft: 'bg-sunken text-ink hover:bg-hover',
        ghost: 'text-dim hover:bg-hover hover:text-ink',
        danger: 'border border-bad/40 bg-surface text-bad hover:bg-bad-soft',
      },
      size: { sm: 'h-7 px-2.5 text-[0.8125rem]', md: 'h-8.5 px-3.5 text-sm', lg: 'h-10 px-5 text-sm' },
    },
    defaultVariants: { look: 'outline', size: 'sm' },
  },
);

interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof looks> {
  icon?: LucideIcon | undefined;
  /** What it asks for in the end: where this device may not, it is disabled and says why. */
  asks?: OperationName | undefined;
}

export function Button({ look, size, icon: Icon, className, children, asks, ...rest }: ButtonProps) {
  const refusal = useWhyNot()(asks);
  return (
    <button
      type="button"
      {...rest}
      {...(refusal !== null && { disabled: true, title: refusal })}
      className={cx(looks({ look, size }), className)}
    >
      {Icon && <Icon aria-hidden className="size-4 shrink-0" />}
      {children}
    </button>
  );
}

interface LinkButtonProps extends ComponentProps<'a'>, VariantProps<typeof looks> {
  icon?: LucideIcon | undefined;
  /** What the place it leads to is for: where this device may not, it leads nowhere and says why. */
  asks?: OperationName | undefined;
}

export function LinkButton({ look, size, icon: Icon, className, children, asks, ...rest }: LinkButtonProps) {
  const refusal = useWhyNot()(asks);
  if (refusal !== null) {
    return (
      <Button look={look} size={size} icon={Icon} className={className} disabled title={refusal}>
        {children}
      </Button>
    );
  }
  return (
    <a {...rest} className={cx(looks({ look, size }), className)}>
      {Icon && <Icon aria-hidden className="size-4 shrink-0" />}
      {children}
    </a>
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label' | 'children'> {
  icon: LucideIcon;
  /** Its name for everyone; shown as a tip to those who point at it. */
  label: string;
  keys?: KeyHint | undefined;
  /** As of a button. */
  asks?: OperationName | undefined;
  danger?: boolean;
  /** The tip of the browser instead of ours, for buttons there are hundreds of. */
  light?: boolean;
  /** Nothing of it is drawn, while it is there for keys and for who has it read out. */
  bare?: boolean;
}

export function IconButton({
  icon: Icon,
  label,
  keys,
  danger = false,
  light = false,
  bare = false,
  className,
  asks,
  ...rest
}: IconButtonProps) {
  const refusal = useWhyNot()(asks);
  const button = (
    <button
      type="button"
      aria-label={label}
      title={light ? label : undefined}
      {...rest}
      {...(refusal !== null && { disabled: true, title: refusal })}
      className={cx(iconLook, danger && 'hover:bg-bad-soft hover:text-bad', className)}
    >
      {!bare && <Icon aria-hidden className="size-4" />}
    </button>
  );
  return light ? (
    button
  ) : (
    <Tip text={label} keys={keys}>
      {button}
    </Tip>
  );
}

const iconLook =
  'inline-flex size-7 shrink-0 items-center justify-center rounded-md text-dim transition-colors hover:bg-hover hover:text-ink disabled:opacity-35 disabled:hover:bg-transparent';
