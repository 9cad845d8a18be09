import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { cx } from './cx.ts';

interface FilterChipsProps {
  label: string;
  value: string;
  options: readonly { id: string; text: string; count?: number | undefined }[];
  onChange: (id: string) => void;
  /** Left out: they do. Else digits are for what is beside it. */
  byDigits?: boolean;
}

/** A row of filters of which one holds; keys 1 to 9 pick one, F goes to the next. */
export function FilterChips({ label, value, options, onChange, byDigits = true }: FilterChipsProps) {
  const pick = (index: number) => {
    const option = options[index % options.length];
    if (option) onChange(option.id);
  };
  useShortcuts({
    filter: () => pick(options.findIndex(({ id }) => id === value) + 1),
    ...(byDigits && Object.fromEntries(options.map((_, index) => [`pick${index + 1}`, () => pick(index)]))),
  });
  return (
    <fieldset aria-label={label} className="flex min-w-0 gap-1 overflow-x-auto p-px [scrollbar-width:none]">
      {options.map(({ id, text, count }, index) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === value}
          title={byDigits ? `${text} (${index + 1})` : undefined}
          onClick={() => onChange(id)}
          className={cx(
            'inline-flex h-7 shrink-0 items-center gap-1.5 rounded-full border border-transparent px-2.5 font-medium text-[0.8125rem] text-dim hover:bg-hover hover:text-ink',
            id === value && 'bg-accent-soft text-accent-text hover:bg-accent-soft hover:text-accent-text',
          )}
        >
          {text}
          {count !== undefined && count > 0 && <span className="text-[0.6875rem] opacity-80">{count}</span>}
        </button>
      ))}
    </fieldset>
  );
}
