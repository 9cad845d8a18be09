import { Check, Smartphone, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import {
  type DeviceRequest,
  type DeviceView,
  usualWindowPort,
  type WindowView,
} from '../../shared/operations/window-operations.ts';
import { useAccess } from '../stores/access.tsx';
import { useShownNode } from '../stores/shown-node.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { Switch } from '../ui/fields.tsx';
import { fullTime } from '../ui/format.ts';
import { ErrorNote, Loading, Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import { DeviceCodeDialog } from './device-code-dialog.tsx';
import { deviceDeeds } from './device-deeds.ts';
import { EditedSetting } from './edited-setting.tsx';

/** The window for phones and other computers: on or off, where, and who is let in. */
export function DevicesPanel() {
  const { node } = useShownNode();
  const { device } = useAccess();
  // Whom a node lets in is said in front of it.
  return node === null && device === null ? <Devices /> : null;
}

function Devices() {
  const read = useRead('window', ['window'], (client) => client.getWindow({}));
  return (
    <Panel title="Phones and other computers" icon={Smartphone}>
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.error && !read.value && <Loading />}
      {read.value && <Known view={read.value} onChange={read.reload} />}
    </Panel>
  );
}

function Known({ view, onChange }: { view: WindowView; onChange: () => void }) {
  const client = useClient();
  const [busy, act] = useAction();
  const [pairing, setPairing] = useState(false);
  const { on, port, savedPort, urls, fingerprint, certificateEndsAt, problem, devices, requests } = view;
  const move = async (next: number) => {
    const done = await act(() => client.setWindow({ port: next }), { done: 'Kept.' });
    onChange();
    return done;
  };
  const turn = (next: boolean) => act(() => client.setWindow({ on: next })).then(onChange);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-start gap-4">
        <p className="min-w-0 flex-1 text-[0.8125rem] text-dim">
          Lets devices of your network that you have let in reach this window, over HTTPS on a port of its own. No
          password or token of this computer opens it, and no device can change agents, secrets or settings.
        </p>
        <Switch
          checked={on}
          disabled={busy}
          label="Let other devices reach this window"
          onChange={(next) => void turn(next)}
        />
      </div>
      {problem && (
        <Warning>
          {on ? 'It is not reached now' : 'It was turned off'}: {problem.message}
        </Warning>
      )}
      {requests.map((request) => (
        <Asking key={request.id} request={request} onChange={onChange} />
      ))}
      {on && port !== null && (
        <>
          <DetailList
            rows={[
              ['Addresses', urls.join(' ') || 'none that other devices could reach'],
              [
                'Fingerprint',
                <code key="fingerprint" className="break-all text-xs">
                  {fingerprint}
                </code>,
              ],
              ['Certificate until', certificateEndsAt === null ? '' : fullTime(certificateEndsAt)],
            ]}
          />
          <div>
            <Button look="solid" size="md" icon={Smartphone} onClick={() => setPairing(true)}>
              Let a device in…
            </Button>
          </div>
        </>
      )}
      <EditedSetting
        title="Port for devices"
        text="Where devices find it, beside the port of this computer. If another program has it, choose another."
        byDefault={String(usualWindowPort)}
        label="Port for devices"
        kept={savedPort === usualWindowPort ? '' : String(savedPort)}
        placeholder={String(usualWindowPort)}
        numeric
        busy={busy}
        onKeep={(text) => move(text === '' ? usualWindowPort : Number(text))}
      />
      {devices.length > 0 && (
        <ul aria-label="Devices that are let in" className="flex flex-col divide-y divide-line/70 border-t">
          {devices.map((device) => (
            <Device key={device.id} device={device} onChange={onChange} />
          ))}
        </ul>
      )}
      {pairing && <DeviceCodeDialog asking={requests.length} onClose={() => setPairing(false)} />}
    </div>
  );
}

/** A device had the code: a person says whether it is the one that was meant. */
function Asking({ request, onChange }: { request: DeviceRequest; onChange: () => void }) {
  const client = useClient();
  const [busy, act] = useAction();
  const { id, name, address, words, scope } = request;
  const confirm = () => act(() => client.confirmDevice({ id }), { done: `“${name}” is let in.` }).then(onChange);
  const refuse = () => act(() => client.refuseDevice({ id }), { done: 'It was sent away.' }).then(onChange);
  return (
    <article aria-label={`${name} asks to be let in`} className="rounded-lg border border-warn/50 p-3">
      <h3 className="font-semibold">“{name}” asks to be let in</h3>
      <p className="text-[0.8125rem] text-dim">
        From {address}; it will be allowed to {deviceDeeds[scope]}. Does it show the same words?
      </p>
      <ul aria-label="Words to compare" className="mt-2 flex flex-wrap gap-2">
        {words.map((word) => (
          <li key={word} className="rounded-lg bg-sunken px-3 py-1.5 font-mono font-semibold text-base">
            {word}
          </li>
        ))}
      </ul>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button look="solid" size="md" icon={Check} disabled={busy} onClick={() => void confirm()}>
          Let it in
        </Button>
        <Button look="danger" size="md" icon={X} disabled={busy} onClick={() => void refuse()}>
          Send it away
        </Button>
      </div>
    </article>
  );
}

function Device({ device, onChange }: { device: DeviceView; onChange: () => void }) {
  const client = useClient();
  const [busy, act] = useAction();
  const [asking, setAsking] = useState(false);
  const { id, name, scope, address, lastSeenAt } = device;
  const revoke = () =>
    act(() => client.revokeDevice({ id }), { done: `“${name}” is let in no longer.` }).then(onChange);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2.5">
      <span className="min-w-0 flex-1 basis-48">
        <span className="block truncate font-medium">{name}</span>
        <span className="block text-[0.8125rem] text-dim">
          May {deviceDeeds[scope]}. Seen <Ago at={lastSeenAt} />, at {address}.
        </span>
      </span>
      <Button look="danger" icon={Trash2} disabled={busy} aria-label={`Revoke ${name}`} onClick={() => setAsking(true)}>
        Revoke
      </Button>
      {asking && (
        <Confirm
          title={`Let “${name}” in no longer?`}
          asks="revokeDevice"
          confirm="Revoke"
          onConfirm={() => void revoke()}
          onClose={() => setAsking(false)}
        >
          What it has open ends at once. To let it in again, pair it again.
        </Confirm>
      )}
    </li>
  );
}
