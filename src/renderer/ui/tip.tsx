import { Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';
import { type KeyHint, KeysOf } from './keys.tsx';

/** A short explanation for whoever points at something or has it in focus. Needs `TipProvider` above it. */
export function Tip({ text, keys, children }: { text: ReactNode; keys?: KeyHint | undefined; children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="rising z-60 flex max-w-80 items-center gap-2 rounded-md bg-ink px-2 py-1 text-xs text-canvas shadow-float"
        >
          <span className="min-w-0 break-words">{text}</span>
          {keys && <KeysOf id={keys} onDark />}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

export const TipProvider = ({ children }: { children: ReactNode }) => (
  <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
    {children}
  </Tooltip.Provider>
);
