import { createContext, type ReactNode, useContext } from 'react';
import type { OperationName } from '../../shared/api.ts';
import { mayDevice, whyNot } from '../../shared/device-access.ts';
import type { Access } from '../bridge/connect.ts';

export interface WindowAccess extends Access {
  /** Ends the session of this device and forgets what the page keeps. @throws RuntimeError where the node does not answer */
  signOut(): Promise<void>;
}

export const AccessContext = createContext<WindowAccess>({ scope: 'admin', device: null, signOut: async () => {} });

export function useAccess(): WindowAccess {
  return useContext(AccessContext);
}

/** Whether this window may ask for an operation. */
export function useMay(): (name: OperationName) => boolean {
  const { scope, device } = useAccess();
  return (name) => device === null || mayDevice(scope, name);
}

/** Why this window may not ask for an operation, in a sentence; null: it may. The table of operations decides. */
export function useWhyNot(): (name: OperationName | undefined) => string | null {
  const { scope, device } = useAccess();
  return (name) => (name === undefined || device === null || mayDevice(scope, name) ? null : whyNot(scope, name));
}

interface AllowedProps {
  /** What the controls in here ask for in the end. */
  asks: OperationName;
  children: ReactNode;
  /** The bar on top says why; nothing is said here. */
  quiet?: boolean;
}

/** Where this device may not do what is in here, its controls are disabled, with a sentence why. Links go on to lead. */
export function Allowed({ asks, children, quiet = false }: AllowedProps) {
  const may = useMay();
  if (may(asks)) return children;
  return (
    <>
      {!quiet && <NotHere asks={asks} />}
      <fieldset disabled className="contents">
        {children}
      </fieldset>
    </>
  );
}

/** A sentence for where this device may look and not do; each control there says for itself what it asks. */
export function NotHere({ asks }: { asks: OperationName }) {
  const may = useMay();
  if (may(asks)) return null;
  return (
    <p role="note" className="mb-2 text-[0.8125rem] text-dim">
      {mayDevice('operate', asks)
        ? 'This device may only look: do it at the computer itself.'
        : 'This is changed at the computer itself, not from this device.'}
    </p>
  );
}
