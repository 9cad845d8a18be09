import { Lock, LockOpen } from 'lucide-react';
import type { ContextLockView } from '../../shared/views/context-views.ts';
import { useMay } from '../stores/access.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { IconButton } from '../ui/button.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { whoText } from '../ui/who.ts';

interface LockButtonProps {
  name: string;
  contextKey: string;
  locked: boolean;
}

/** Locks a key of an agent's context, or unlocks it; both can be taken back. */
export function LockButton({ name, contextKey: key, locked }: LockButtonProps) {
  const client = useClient();
  const may = useMay();
  const lock = () => client.lockContextKey({ name, key, reason: '' });
  const unlock = () => client.unlockContextKey({ name, key });
  const toggle = () =>
    locked
      ? act(unlock, { done: `“${key}” is unlocked.`, undo: lock })
      : act(lock, {
          done: `“${key}” is locked: ${name} can only read it.`,
          ...(may('unlockContextKey') && { undo: unlock }),
        });
  return (
    <IconButton
      icon={locked ? LockOpen : Lock}
      asks={locked ? 'unlockContextKey' : 'lockContextKey'}
      label={locked ? `Unlock ${key}` : `Lock ${key}: the agent can read it, not write it`}
      onClick={() => void toggle()}
    />
  );
}

/** Who locked it, when and why. */
export function LockLine({ lock: { by, at, reason } }: { lock: ContextLockView }) {
  return (
    <p className="mb-2 flex items-center gap-1.5 text-xs">
      <Lock aria-hidden className="size-3.5 shrink-0 text-warn" />
      <span className="min-w-0 break-words">
        Locked by {whoText(by)} <Ago at={at} />
        {reason && `: ${reason}`}. The agent can read it, not write it.
      </span>
    </p>
  );
}

/** A key that holds nothing and that the agent may not write. */
export function BlockedKey({ name, lock }: { name: string; lock: ContextLockView }) {
  return (
    <Panel title={lock.key} aside={<LockButton name={name} contextKey={lock.key} locked />}>
      <LockLine lock={lock} />
      <p className="text-dim text-xs">It holds nothing. Add it with “Key” to give it a value yourself.</p>
    </Panel>
  );
}
