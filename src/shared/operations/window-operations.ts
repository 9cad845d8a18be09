import { z } from 'zod';
import { done, none, type Operation, operation } from './operation.ts';

/** Where the window for other devices listens when nothing is set. */
export const usualWindowPort = 7422;

/** What a paired device may be allowed. Never more: whom a node trusts is for the person in front of it to say. */
export const DeviceScope = z.enum(['read', 'operate']);
export type DeviceScope = z.infer<typeof DeviceScope>;

const time = z.number().meta({ unit: 'epoch ms' });
const deviceName = z.string().trim().min(1).max(60);

export const DeviceView = z.object({
  id: z.string(),
  name: z.string(),
  scope: DeviceScope,
  /** Where it was seen last. */
  address: z.string(),
  pairedAt: time,
  lastSeenAt: time,
});
export type DeviceView = z.infer<typeof DeviceView>;

/** A device that had the code and waits for a person at this computer. */
export const DeviceRequest = z.object({
  id: z.string(),
  /** By its own word: what browser it says it is. */
  name: z.string(),
  scope: DeviceScope,
  address: z.string(),
  /** The device shows the same. */
  words: z.array(z.string()),
  expiresAt: time,
});
export type DeviceRequest = z.infer<typeof DeviceRequest>;

export const DeviceCode = z.object({
  code: z.string().regex(/^\d{8}$/),
  scope: DeviceScope,
  expiresAt: time,
  /** What the device opens, the code in its fragment, which is never sent. */
  urls: z.array(z.string()),
  /** SHA-256 of the certificate that its browser will warn of. */
  fingerprint: z.string(),
});
export type DeviceCode = z.infer<typeof DeviceCode>;

export const WindowView = z.object({
  /** Whether it is to be reached from the network. */
  on: z.boolean(),
  /** Where it listens; null: nowhere. */
  port: z.int().nullable(),
  savedPort: z.int(),
  /** Where other devices find it. */
  urls: z.array(z.string()),
  /** SHA-256 of its certificate; null while it was never on. */
  fingerprint: z.string().nullable(),
  certificateEndsAt: time.nullable(),
  /** Why it is on and listens nowhere; null otherwise. */
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  devices: z.array(DeviceView),
  requests: z.array(DeviceRequest),
});
export type WindowView = z.infer<typeof WindowView>;

export const WindowChanges = z.strictObject({
  on: z.boolean().optional().meta({ description: 'Whether other devices of the network reach the window.' }),
  port: z
    .int()
    .min(1_024)
    .max(65_535)
    .optional()
    .meta({ description: `Where it listens for them; ${usualWindowPort} unless set.` }),
});
export type WindowChanges = z.infer<typeof WindowChanges>;

const byId = z.strictObject({ id: z.string().min(1).max(40) });

/** Operations on the window for phones and other computers. */
export const windowOperations = {
  getWindow: operation(
    'GET /node/window',
    'admin',
    'Whether the window is reached from the network, where, and by which devices.',
    none,
    WindowView,
  ),
  setWindow: operation(
    'PATCH /node/window',
    'admin',
    'Lets paired devices of the network reach the window over HTTPS, on a port of its own, or no longer.',
    WindowChanges,
    WindowView,
  ),
  showDeviceCode: operation(
    'POST /node/window/code',
    'admin',
    'Shows a code with which one device can ask to be let in, for two minutes.',
    z.strictObject({
      scope: DeviceScope.default('operate').meta({ description: 'What the device will be allowed.' }),
    }),
    DeviceCode,
    201,
  ),
  confirmDevice: operation(
    'POST /node/window/requests/:id/confirm',
    'admin',
    'Lets a device in that had the code.',
    byId.extend({
      name: deviceName.optional().meta({ description: 'What to call it; left out: what its browser says it is.' }),
      scope: DeviceScope.optional().meta({ description: 'What it may do; left out: what the code was shown for.' }),
    }),
    DeviceView,
  ),
  refuseDevice: operation(
    'POST /node/window/requests/:id/refuse',
    'admin',
    'Sends a device away that had the code.',
    byId,
    done,
  ),
  revokeDevice: operation(
    'DELETE /node/window/devices/:id',
    'admin',
    'Lets a device in no longer. What it has open ends within a second.',
    byId,
    done,
  ),
} satisfies Record<string, Operation>;

/** The window for other devices, as its operations see it. */
export interface WindowPlace {
  view(): WindowView;
  /** @throws RuntimeError `PORT_TAKEN`; then everything is as before. */
  change(changes: WindowChanges): Promise<void>;
  /** @throws RuntimeError `WINDOW_OFF`, `PAIRING_LOCKED` */
  showCode(scope: DeviceScope): DeviceCode;
  /** @throws RuntimeError `DEVICE_NOT_FOUND` */
  confirm(id: string, as: { name?: string | undefined; scope?: DeviceScope | undefined }): DeviceView;
  /** @throws RuntimeError `DEVICE_NOT_FOUND` */
  refuse(id: string): void;
  /** @throws RuntimeError `DEVICE_NOT_FOUND` */
  revoke(id: string): void;
}
