import { Link2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { pairingLink } from '../../shared/pairing-link.ts';
import type { PairingCode } from '../../shared/views/cluster-views.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { AddressList, CodeDialog, ShownCode } from '../ui/code-dialog.tsx';
import { copyText } from '../ui/copy-text.ts';
import { Loading } from '../ui/notes.tsx';
import { QrCode } from '../ui/qr-code.tsx';
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
    <CodeDialog
      title="Add a node"
      description="On the other computer choose Cluster, then “Join one that is there”, or open the link that the picture shows."
      busy={busy}
      onNew={() => void open()}
      onClose={onClose}
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
            <ShownCode code={code.code} expiresAt={code.expiresAt} over={over} whom="one node" />
            <div>
              <p className="mb-1 text-dim text-xs">Address of this node</p>
              <AddressList addresses={code.addresses} />
            </div>
          </div>
        </div>
      )}
    </CodeDialog>
  );
}
