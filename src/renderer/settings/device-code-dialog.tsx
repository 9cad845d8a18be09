import { useEffect, useRef, useState } from 'react';
import type { DeviceCode, DeviceScope } from '../../shared/operations/window-operations.ts';
import { useClient } from '../stores/use-runtime.ts';
import { AddressList, CodeDialog, ShownCode } from '../ui/code-dialog.tsx';
import { Loading } from '../ui/notes.tsx';
import { QrCode } from '../ui/qr-code.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { useAction } from '../ui/use-action.ts';
import { useNow } from '../ui/use-now.ts';

const scopes: readonly { value: DeviceScope; text: string }[] = [
  { value: 'operate', text: 'Look, answer and run' },
  { value: 'read', text: 'Look only' },
];

/** The code that lets one device ask to be let in; `asking` is how many do already. */
export function DeviceCodeDialog({ asking, onClose }: { asking: number; onClose: () => void }) {
  const client = useClient();
  const [code, setCode] = useState<DeviceCode | null>(null);
  const [busy, act] = useAction();
  const askedBefore = useRef<number | null>(null);
  const now = useNow();
  const show = (scope: DeviceScope) => act(async () => setCode(await client.showDeviceCode({ scope })));
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for once, when the dialog opens
  useEffect(() => {
    if (askedBefore.current !== null) return;
    askedBefore.current = asking;
    void show('operate');
  }, []);
  // Somebody used it: what follows is on the screen behind.
  useEffect(() => {
    if (askedBefore.current !== null && asking > askedBefore.current) onClose();
  }, [asking, onClose]);
  const over = code !== null && code.expiresAt <= now;
  const scope = code?.scope ?? 'operate';
  return (
    <CodeDialog
      title="Let a device in"
      description="Scan this with the camera of the phone, or open the address on the other computer."
      busy={busy}
      onNew={() => void show(scope)}
      onClose={onClose}
    >
      {!code && <Loading />}
      {code && (
        <div className="flex flex-col gap-4">
          <div className="flex flex-wrap items-center gap-3">
            <span className="text-[0.8125rem]">It may</span>
            <Segmented
              label="What the device may do"
              value={scope}
              options={[...scopes]}
              onChange={(next) => void show(next)}
            />
          </div>
          <Shown code={code} over={over} />
          <p className="text-[0.8125rem] text-dim">
            Its browser warns that it does not know this computer: the certificate is one that it made itself. Show the
            certificate there, and go on only if its SHA-256 fingerprint is{' '}
            <code className="break-all text-xs">{code.fingerprint}</code>
          </p>
        </div>
      )}
    </CodeDialog>
  );
}

function Shown({ code: { code, urls, expiresAt }, over }: { code: DeviceCode; over: boolean }) {
  const [first] = urls;
  return (
    <div className="flex flex-wrap gap-5">
      {first !== undefined && !over && <QrCode text={first} label={`QR code that opens ${first}`} />}
      <div className="min-w-0 flex-1 basis-56">
        <ShownCode code={code} expiresAt={expiresAt} over={over} whom="one device" />
        <p className="mt-3 mb-1 text-dim text-xs">Address</p>
        {urls.length === 0 ? (
          <p className="text-[0.8125rem]">This computer is in no network now.</p>
        ) : (
          <AddressList addresses={urls} shown={(url) => url.replace(/#.*$/, '')} />
        )}
      </div>
    </div>
  );
}
