import { Check, Link2, X } from 'lucide-react';
import type { PairingView } from '../../shared/views/cluster-views.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Until } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import { roleTexts } from './node-looks.ts';

/** Two nodes on their way to each other: a person compares the words on both screens. */
export function PairingCard({ pairing, onChange }: { pairing: PairingView; onChange: () => void }) {
  const client = useClient();
  const [busy, act] = useAction();
  const { id, name, address, words, state, reason, role, expiresAt } = pairing;
  const confirm = () =>
    act(() => client.confirmPairing({ id }), { done: 'Confirmed here. The other side confirms, too.' }).then(onChange);
  const reject = () => act(() => client.rejectPairing({ id }), { done: 'Nothing was kept of it.' }).then(onChange);
  const open = state === 'compare' || state === 'waiting';
  return (
    <article
      aria-label={`Pairing with ${name || address}`}
      className="rounded-xl border border-warn/50 bg-surface p-4 shadow-raised"
    >
      <h2 className="flex items-center gap-2 font-semibold">
        <Link2 aria-hidden className="size-4 text-warn" />
        {titles[state]} {name || address}
      </h2>
      <p className="mt-0.5 text-[0.8125rem] text-dim">
        {address}; it will be allowed to {roleTexts[role]} here
        {open && (
          <>
            ; ends in <Until at={expiresAt} className="tabular-nums" />
          </>
        )}
      </p>
      {open && (
        <>
          <p className="mt-3 text-[0.8125rem]">Does the other screen show the same words, in the same order?</p>
          <ol aria-label="Words to compare" className="mt-1.5 flex flex-wrap gap-2">
            {words.map((word, index) => (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice, and none moves
                key={index}
                className="rounded-lg bg-sunken px-3 py-1.5 font-mono font-semibold text-base"
              >
                {word}
              </li>
            ))}
          </ol>
        </>
      )}
      {state === 'compare' && (
        <div className="mt-3 flex flex-wrap gap-2">
          <Button look="solid" size="md" icon={Check} disabled={busy} onClick={() => void confirm()}>
            They are the same
          </Button>
          <Button look="danger" size="md" icon={X} disabled={busy} onClick={() => void reject()}>
            They differ
          </Button>
        </div>
      )}
      {state === 'waiting' && (
        <div className="mt-3 flex flex-wrap items-center gap-3">
          <p role="status" className="breathing text-[0.8125rem] text-dim">
            Confirmed here; waiting for the other side.
          </p>
          <Button icon={X} onClick={() => void reject()}>
            Stop
          </Button>
        </div>
      )}
      {reason && <p className="mt-2 text-[0.8125rem] text-bad">{reason}</p>}
    </article>
  );
}

const titles: Record<PairingView['state'], string> = {
  compare: 'Pair with',
  waiting: 'Pair with',
  paired: 'Paired with',
  rejected: 'Not paired with',
  failed: 'Could not pair with',
};
