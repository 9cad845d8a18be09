import { useCallback, useState } from 'react';
import { errorCodes } from '../../shared/errors.ts';
import { coded } from '../stores/reads.ts';
import { toast } from './toast.ts';

interface Say {
  /** Told when it worked. */
  done?: string;
  undo?: () => Promise<unknown>;
}

/** Asks the runtime to do something and tells the person how it went. True: it was done. */
export async function act(ask: () => Promise<unknown>, { done, undo }: Say = {}): Promise<boolean> {
  try {
    await ask();
    if (done) {
      toast.success(done, { action: undo && { label: 'Undo', run: () => void act(undo, { done: 'Undone.' }) } });
    }
    return true;
  } catch (thrown) {
    const { code, message } = coded(thrown);
    toast.error(message, { description: errorCodes[code].hint });
    return false;
  }
}

/** The same with a flag that tells that it is under way. */
export function useAction(): [busy: boolean, act: typeof act] {
  const [busy, setBusy] = useState(false);
  const run = useCallback<typeof act>(async (ask, say) => {
    setBusy(true);
    try {
      return await act(ask, say);
    } finally {
      setBusy(false);
    }
  }, []);
  return [busy, run];
}
