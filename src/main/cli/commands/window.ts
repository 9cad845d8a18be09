import type { Output } from '../../../shared/api.ts';
import type { DeviceCode, DeviceView, WindowView } from '../../../shared/operations/window-operations.ts';
import { type Command, operationCommand, ownFlag } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { clockTime, facts, printable, relative, table } from '../text.ts';

const shows = (view: WindowView, { terminal }: { terminal: Terminal }): string => windowText(view, terminal);

/** The window for phones and other computers of the network. */
export const windowCommands: Command[] = [
  operationCommand<'getWindow', WindowView>({
    name: 'window',
    summary: 'Shows whether other devices of the network reach the window, where, and which ones.',
    operation: 'getWindow',
    text: shows,
  }),
  {
    name: 'window on',
    summary: 'Lets paired devices of the network reach the window, over HTTPS on a port of its own.',
    args: [],
    flags: { port: ownFlag('port', 'number', 'Where it listens for them; 7422 unless set.') },
    async run(call) {
      const { port } = call.input;
      const view = await call.node().setWindow({ on: true, ...(typeof port === 'number' ? { port } : {}) });
      call.show(view, () => shows(view, call));
      return undefined;
    },
  },
  {
    name: 'window off',
    summary: 'Lets no other device reach the window. Devices that are paired stay so.',
    args: [],
    flags: {},
    async run(call) {
      const view = await call.node().setWindow({ on: false });
      call.show(view, () => shows(view, call));
      return undefined;
    },
  },
  operationCommand<'showDeviceCode', DeviceCode>({
    name: 'window code',
    summary: 'Shows an address with a code that lets one device ask to be let in, for two minutes.',
    args: ['scope?'],
    operation: 'showDeviceCode',
    text: ({ code, scope, expiresAt, urls, fingerprint }) =>
      [
        `code ${code.slice(0, 4)} ${code.slice(4)}, until ${clockTime(expiresAt)}, for one device that may ${deeds[scope]}`,
        ...urls.map((url) => `on the device: ${url}`),
        `Its browser warns of the certificate, whose SHA-256 fingerprint is ${fingerprint}`,
        'Then: agent-runtime window',
      ].join('\n'),
  }),
  operationCommand<'confirmDevice', DeviceView>({
    name: 'window confirm',
    summary: 'Lets a device in that had the code and shows the same words.',
    args: ['id'],
    operation: 'confirmDevice',
    text: ({ name, scope }) => `${printable(name)} is let in, and may ${deeds[scope]}.`,
  }),
  operationCommand<'refuseDevice', Output<'refuseDevice'>>({
    name: 'window refuse',
    summary: 'Sends a device away that had the code.',
    args: ['id'],
    operation: 'refuseDevice',
    text: () => 'It was sent away, and nothing was kept of it.',
  }),
  operationCommand<'getWindow', WindowView>({
    name: 'window devices',
    summary: 'Lists the devices that are let in.',
    operation: 'getWindow',
    text: ({ devices }, { terminal }) => devicesText(devices, terminal),
  }),
  operationCommand<'revokeDevice', Output<'revokeDevice'>>({
    name: 'window revoke',
    summary: 'Lets a device in no longer. What it has open ends within a second.',
    args: ['id'],
    operation: 'revokeDevice',
    text: () => 'It is let in no longer.',
  }),
];

const deeds = { read: 'look', operate: 'look, answer and run agents' } as const;

function windowText(view: WindowView, terminal: Terminal): string {
  const { on, port, urls, fingerprint, problem, devices, requests } = view;
  if (!on) return 'Other devices do not reach the window: "window on" lets them.';
  const about = facts([
    ['listens', port === null ? `nowhere: ${problem?.message ?? 'not yet'}` : `on port ${port}, over HTTPS`],
    ['addresses', urls.join(', ') || 'none that other devices could reach'],
    ['fingerprint', fingerprint ?? '-'],
  ]);
  const asking = requests.map(
    ({ id, name, address, words }) =>
      `${printable(name)} at ${address} asks to be let in. It must show: ${words.join(' ')}\n  agent-runtime window confirm ${id}   (or: window refuse ${id})`,
  );
  return [about, devicesText(devices, terminal), ...asking].join('\n');
}

function devicesText(devices: readonly DeviceView[], terminal: Terminal): string {
  if (devices.length === 0) return 'No device is let in: "window code" shows an address for one.';
  return table(
    devices,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'DEVICE', value: ({ name }) => printable(name) },
      { title: 'MAY', value: ({ scope }) => deeds[scope] },
      { title: 'ADDRESS', value: ({ address }) => address },
      { title: 'SEEN', value: ({ lastSeenAt }) => relative(lastSeenAt, terminal.now()) },
    ],
    terminal.columns,
  );
}
