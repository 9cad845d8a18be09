import { Copy, Link2, RefreshCw } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { pairingLink } from '../../shared/pairing-link.ts';
import type { PairingCode } from '../../shared/views/cluster-views.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { copyText } from '../ui/copy-text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Loading } from '../ui/notes.tsx';
import { QrCode } from '../ui/qr-code.tsx';
import { Until } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import { useNow } from '../ui/use-now.ts';
import { useCluster } from './use-cluster.ts';

/** The code that lets one node ask to be taken in; it lives for two minutes. */
export function AddNodeDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const [code, setCode] = useState<PairingCode | null>(null);
  const [busy, act] = useAction();
  const asked = useRef(false);
  const now = useNow();
  const open = () => act(async () => setCode(await client.openPairing({})));
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for once, when the dialog opens
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    void open();
  }, []);
  // Somebody used it: what follows is on the screen behind.
  const comparing = useCluster().value?.pairings.some(({ state }) => state === 'compare') ?? false;
  useEffect(() => {
    if (comparing) onClose();
  }, [comparing, onClose]);
  const address = code?.addresses[0];
  const link = code && address !== undefined ? pairingLink({ address, code: code.code }) : null;
  const over = code !== null && code.expiresAt <= now;
  return (
    <Dialog
      title="Add a node"
      description="On the other computer choose Cluster, then “Join one that is there”, or open the link that the picture shows."
      onClose={onClose}
      footer={
        <>
          <Button size="md" icon={RefreshCw} disabled={busy} onClick={() => void open()}>
            New code
          </Button>
          <Button size="md" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {!code && <Loading />}
      {code && (
        <div className="flex flex-wrap items-start gap-x-6 gap-y-4">
          {link !== null && !over && (
            <div className="flex flex-col items-start gap-2">
              <QrCode text={link} label="The address and the code, for the camera of the other computer" />
              <Button icon={Link2} look="ghost" onClick={() => void copyText(link, 'the link')}>
                Copy both as a link
              </Button>
            </div>
          )}
          <div className="flex min-w-40 flex-1 flex-col gap-4">
            <div>
              <p className="text-dim text-xs">Code</p>
              <p
                className={`font-mono font-semibold text-3xl tracking-widest ${over ? 'text-faint line-through' : ''}`}
              >
                {code.code.slice(0, 4)} {code.code.slice(4)}
              </p>
              <p role="status" className="text-[0.8125rem] text-dim">
                {over ? (
                  'It is over; have a new one shown.'
                ) : (
                  <>
                    For one node, for <Until at={code.expiresAt} className="tabular-nums" />
                  </>
                )}
              </p>
            </div>
            <div>
              <p className="mb-1 text-dim text-xs">Address of this node</p>
              <ul className="flex flex-col gap-1">
                {code.addresses.map((address) => (
                  <li key={address} className="flex items-center gap-2">
                    <code className="text-[0.8125rem]">{address}</code>
                    <Button icon={Copy} look="ghost" onClick={() => void copyText(address, 'the address')}>
                      Copy
                    </Button>
                  </li>
                ))}
              </ul>
            </div>
          </div>
        </div>
      )}
    </Dialog>
  );
}
