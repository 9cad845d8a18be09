import { appKeysOf, type KeyMap, keysOf, type ShortcutId } from '../../shared/shortcuts.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { cx } from './cx.ts';

const isApple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);
const symbols: Record<string, string> = {
  mod: isApple ? '⌘' : 'Ctrl',
  shift: '⇧',
  alt: isApple ? '⌥' : 'Alt',
  enter: '↵',
  escape: 'Esc',
  space: 'Space',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
};

/** `mod+k` or `g a` as key caps. */
export function Keys({ keys, onDark = false }: { keys: string; onDark?: boolean }) {
  return (
    <span className="inline-flex shrink-0 items-center gap-1">
      {keys.split(' ').map((stroke) => (
        <kbd
          key={stroke}
          className={cx(
            'rounded border px-1 py-px font-sans text-[0.6875rem] leading-4',
            onDark ? 'border-canvas/30 text-canvas/85' : 'border-edge/60 bg-sunken text-dim',
          )}
        >
          {keyText(stroke)}
        </kbd>
      ))}
    </span>
  );
}

/** The keys that an action has, and those that it has in the app besides. */
export function OwnKeys({ id, changed }: { id: ShortcutId; changed: KeyMap }) {
  const keys = keysOf(id, changed);
  const app = appKeysOf(id, changed);
  return (
    <span className="inline-flex shrink-0 items-center gap-1.5">
      {keys === '' ? <span className="text-dim text-xs">none</span> : <Keys keys={keys} />}
      {app !== null && (
        <>
          <span className="text-dim text-xs">in the app</span> <Keys keys={app} />
        </>
      )}
    </span>
  );
}

/** What a key does, or one that cannot be given to anything else. */
export type KeyHint = ShortcutId | 'escape';

/** The keys of a shortcut, as they are now: people may have changed them. */
export function KeysOf({ id, onDark = false }: { id: KeyHint; onDark?: boolean }) {
  const changed = useWorkspace((state) => state.keys);
  const keys = id === 'escape' ? id : keysOf(id, changed);
  return keys === '' ? null : <Keys keys={keys} onDark={onDark} />;
}

export function keyText(stroke: string): string {
  const parts = stroke.split('+').map((part) => symbols[part] ?? (part.length === 1 ? part.toUpperCase() : part));
  return parts.join(isApple ? '' : ' ');
}
