import { Check, Ellipsis, type LucideIcon } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useRef, useState } from 'react';
import type { OperationName } from '../../shared/api.ts';
import { useWhyNot } from '../stores/access.tsx';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';
import { type KeyHint, KeysOf } from './keys.tsx';

export interface MenuEntry {
  label: string;
  icon?: LucideIcon;
  keys?: KeyHint | undefined;
  danger?: boolean;
  disabled?: boolean;
  /** What it asks for in the end: where this device may not, it is disabled and says why. */
  asks?: OperationName;
  /** Draws a line above it. */
  apart?: boolean;
  run: () => void;
}

/** Not modal: the scroll lock of a modal menu adds a style element, which the policy of the page refuses. */
export function Menu({ trigger, entries }: { trigger: ReactNode; entries: readonly MenuEntry[] }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <MenuRows entries={entries} />
    </DropdownMenu.Root>
  );
}

/** Where the rows of a light menu belong; for `MenuRows`. */
export interface MenuPlace {
  label: string;
  onCloseAutoFocus: (event: Event) => void;
}

interface LightMenuProps {
  label: string;
  /** A `MenuRows` with the place it is given; asked for when the menu opens. */
  rows: (place: MenuPlace) => ReactNode;
  /** For a row that nobody is at: a button that can be reached and is not drawn. */
  bare?: boolean;
  icon?: LucideIcon;
  className?: string;
  /** For a place whose own keys decide where the focus goes. */
  tabIndex?: number;
}

/** The same for lists: until it is opened it is a button and nothing else. Under another name it is another menu. */
export function LightMenu({ label, rows, bare = false, icon = Ellipsis, className = '', tabIndex }: LightMenuProps) {
  const [opened, setOpened] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const open = opened === label;
  return (
    <span className="relative inline-flex">
      <IconButton
        ref={button}
        light
        bare={bare}
        icon={icon}
        className={className}
        label={label}
        tabIndex={tabIndex}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpened(label)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          setOpened(label);
        }}
      />
      {open && (
        <DropdownMenu.Root open modal={false} onOpenChange={(isOpen) => setOpened(isOpen ? label : null)}>
          <DropdownMenu.Trigger asChild>
            <span aria-hidden className="pointer-events-none absolute inset-0" />
          </DropdownMenu.Trigger>
          {rows({
            label,
            onCloseAutoFocus: (event) => {
              event.preventDefault();
              button.current?.focus();
            },
          })}
        </DropdownMenu.Root>
      )}
    </span>
  );
}

export interface CheckEntry {
  label: string;
  checked: boolean;
  /** A word to it, at its end. */
  aside?: string;
  onChange: (on: boolean) => void;
}

interface CheckMenuProps {
  trigger: ReactNode;
  entries: readonly CheckEntry[];
  /** Sets all of them as they usually are. */
  reset: { label: string; run: () => void };
}

/** Any number of things that are on or off; it stays open while they are chosen. */
export function CheckMenu({ trigger, entries, reset }: CheckMenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" sideOffset={4} collisionPadding={8} className={contentLook}>
          {entries.map(({ label, checked, aside, onChange }) => (
            <DropdownMenu.CheckboxItem
              key={label}
              checked={checked}
              onCheckedChange={onChange}
              onSelect={(event) => event.preventDefault()}
              className={rowLook}
            >
              <span className="flex size-4 shrink-0 items-center justify-center">
                <DropdownMenu.ItemIndicator>
                  <Check aria-hidden className="size-4" />
                </DropdownMenu.ItemIndicator>
              </span>
              <span className="flex-1">{label}</span>
              {aside && <span className="text-faint text-xs">{aside}</span>}
            </DropdownMenu.CheckboxItem>
          ))}
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.Item
            onSelect={(event) => {
              event.preventDefault();
              reset.run();
            }}
            className={rowLook}
          >
            <span className="size-4" />
            <span className="flex-1">{reset.label}</span>
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const contentLook = 'rising z-50 min-w-48 rounded-lg border border-line bg-raised p-1 shadow-float';
const rowLook =
  'flex h-8 items-center gap-2 rounded-md px-2 text-sm outline-none data-[disabled]:opacity-45 data-[highlighted]:bg-hover';

interface MenuRowsProps extends Partial<MenuPlace> {
  entries: readonly MenuEntry[];
}

export function MenuRows({ label, entries, onCloseAutoFocus }: MenuRowsProps) {
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        align="end"
        sideOffset={4}
        collisionPadding={8}
        {...(label !== undefined && { 'aria-label': label })}
        {...(onCloseAutoFocus && { onCloseAutoFocus })}
        className={contentLook}
      >
        {entries.map((entry) => (
          <MenuRow key={entry.label} entry={entry} />
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  );
}

function MenuRow({ entry }: { entry: MenuEntry }) {
  const { label, icon: Icon, keys, danger = false, disabled = false, apart = false, asks, run } = entry;
  const refusal = useWhyNot()(asks);
  return (
    <>
      {apart && <DropdownMenu.Separator className="my-1 h-px bg-line" />}
      <DropdownMenu.Item
        disabled={disabled || refusal !== null}
        {...(refusal !== null && { title: refusal })}
        onSelect={run}
        className={cx(rowLook, danger && 'text-bad data-[highlighted]:bg-bad-soft')}
      >
        {Icon ? <Icon aria-hidden className="size-4 shrink-0" /> : <span className="size-4" />}
        <span className="flex-1">{label}</span>
        {keys && <KeysOf id={keys} />}
      </DropdownMenu.Item>
    </>
  );
}
