import { createContext, type ReactNode, useContext } from 'react';
import type { OperationName, Scope } from '../../shared/api.ts';
import { covers, mayDevice } from '../../shared/device-access.ts';
import type { Access } from '../bridge/connect.ts';

export const AccessContext = createContext<Access>({ scope: 'admin', device: null });

export function useAccess(): Access {
  return useContext(AccessContext);
}

/** Whether this window may ask for an operation. */
export function useMay(): (name: OperationName) => boolean {
  const { scope, device } = useAccess();
  return (name) => device === null || mayDevice(scope, name);
}

interface AllowedProps {
  /** `admin` is never for devices. */
  needs: Scope;
  children: ReactNode;
  /** The bar on top says why; nothing is said here. */
  quiet?: boolean;
}

/** Where this device may not do what is in here, its controls are disabled, with a sentence why. Links go on to lead. */
export function Allowed({ needs, children, quiet = false }: AllowedProps) {
  const { scope, device } = useAccess();
  const may = device === null || (needs !== 'admin' && covers(scope, needs));
  if (may) return children;
  return (
    <>
      {!quiet && (
        <p role="note" className="mb-2 text-[0.8125rem] text-dim">
          {needs === 'admin'
            ? 'This is changed at the computer itself, not from this device.'
            : 'This device may only look: do it at the computer itself.'}
        </p>
      )}
      <fieldset disabled className="contents">
        {children}
      </fieldset>
    </>
  );
}
