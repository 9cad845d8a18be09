import { LogOut, MonitorSmartphone, Smartphone } from 'lucide-react';
import { useAccess, useMay } from '../stores/access.tsx';
import { useShownNode } from '../stores/shown-node.tsx';
import { useRead, useRuntime } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';

const look = 'flex items-center justify-center gap-x-2 px-4 py-1 text-dim text-xs';

/** On a device: what it may do. At the computer itself: that other devices reach its window, while they do. */
export function DeviceBar({ onSignOut }: { onSignOut: () => void }) {
  const { device, scope } = useAccess();
  const may = useMay();
  const onNetwork = useRuntime((state) => state.node?.onNetwork ?? false);
  const { node } = useShownNode();
  if (device !== null) {
    return (
      <div role="note" className={cx(look, 'bg-sunken')}>
        <Smartphone aria-hidden className="size-3.5 shrink-0" />
        <span>
          {scope === 'read'
            ? 'This device may only look. Everything else is done at the computer itself.'
            : 'This device may look, answer and run agents. All else is changed at the computer itself.'}
        </span>
        <Button icon={LogOut} look="ghost" onClick={onSignOut}>
          Sign out
        </Button>
      </div>
    );
  }
  return onNetwork && node === null && may('getWindow') ? <Reachable /> : null;
}

function Reachable() {
  const { value } = useRead('window', ['window'], (client) => client.getWindow({}));
  const waiting = value?.requests.length ?? 0;
  const devices = value?.devices.length ?? 0;
  const asks = waiting > 0;
  return (
    <div role={asks ? 'alert' : 'note'} className={cx(look, asks ? 'bg-warn-soft' : 'bg-sunken')}>
      <MonitorSmartphone aria-hidden className="size-3.5 shrink-0" />
      <span>
        {asks
          ? waiting === 1
            ? 'A device asks to be let in.'
            : `${waiting} devices ask to be let in.`
          : `The network reaches this window; ${devices === 0 ? 'no device is' : plural(devices, 'device')} let in.`}
      </span>
      <a className="link" href="#/settings/network">
        {asks ? 'Decide' : 'Devices'}
      </a>
    </div>
  );
}
