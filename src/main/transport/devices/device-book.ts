import { randomUUID, timingSafeEqual } from 'node:crypto';
import { RuntimeError } from '../../../shared/errors.ts';
import type { DeviceRequest, DeviceScope, DeviceView } from '../../../shared/operations/window-operations.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodeDesk, plainCode } from '../../lib/pairing-code.ts';
import { wordsOf } from '../../lib/word-list.ts';
import { digestOf } from '../../store/private-file.ts';
import { type Grant, newToken } from '../access/token-store.ts';
import type { KeptDevice } from './window-file.ts';

/** How long a device that had the code waits for a person. */
const confirmMs = 180_000;
/** A device that was not seen for as long is forgotten. */
export const unusedMs = 30 * 24 * 60 * 60_000;
/** That a device was seen is written down when it is news by as much. */
const seenEveryMs = 60 * 60_000;
const maxRequests = 5;
const maxDevices = 50;

interface Request {
  view: DeviceRequest;
  digest: Buffer;
}

export interface DeviceBookOptions {
  clock: Clock;
  devices: readonly KeptDevice[];
  /** Keeps the devices. */
  onKeep(devices: readonly KeptDevice[]): void;
  /** Devices or requests are not what they were. */
  onChange(): void;
}

/** What a device knows of itself. */
export interface DeviceStanding {
  state: 'waiting' | 'active';
  name: string;
  scope: DeviceScope;
  words: string[];
}

/**
 * Which devices are let in. The way in has three steps: a code that a person has shown (`CodeDesk`: eight digits, two
 * minutes, three tries); a token of 256 bits for whoever brings it; and the word of a person at this computer that this
 * is the device that was meant. Until then the token opens nothing, and nothing is kept of it.
 */
export class DeviceBook {
  readonly #options: DeviceBookOptions;
  readonly #codes: CodeDesk;
  #codeScope: DeviceScope = 'read';
  #requests: Request[] = [];
  #devices: (KeptDevice & { digest: Buffer })[];

  constructor(options: DeviceBookOptions) {
    this.#options = options;
    this.#codes = new CodeDesk(options.clock);
    this.#devices = options.devices.map((device) => ({ ...device, digest: Buffer.from(device.hash, 'hex') }));
  }

  /** @throws RuntimeError `PAIRING_LOCKED` */
  showCode(scope: DeviceScope): { code: string; expiresAt: number } {
    const { code, lifeMs } = this.#codes.show();
    this.#codeScope = scope;
    return { code, expiresAt: this.#options.clock.now() + lifeMs };
  }

  /** No code is shown any more, and nobody waits. */
  close(): void {
    this.#codes.close();
    this.#requests = [];
  }

  /** Takes the code for a token that waits for a person. @throws RuntimeError `PAIRING_CODE_INVALID` */
  ask(codeGiven: string, name: string, address: string): { token: string } & DeviceStanding {
    const given = digestOf(plainCode(codeGiven));
    this.#codes.use((code) => timingSafeEqual(digestOf(code), given));
    const token = newToken();
    const digest = digestOf(token);
    const view: DeviceRequest = {
      id: randomUUID().slice(0, 8),
      name,
      scope: this.#codeScope,
      address,
      words: wordsOf(digest, 3),
      expiresAt: this.#options.clock.now() + confirmMs,
    };
    this.#requests = [...this.#waiting().slice(1 - maxRequests), { view, digest }];
    this.#options.onChange();
    return { token, state: 'waiting', name, scope: view.scope, words: view.words };
  }

  /** What has become of a token; undefined: nothing, or nothing any more. */
  standing(token: string): DeviceStanding | undefined {
    const digest = digestOf(token);
    const request = this.#waiting().find((one) => timingSafeEqual(one.digest, digest));
    if (request) return { state: 'waiting', ...request.view };
    const device = this.#known(digest);
    return device && { state: 'active', name: device.name, scope: device.scope, words: wordsOf(digest, 3) };
  }

  grantOf(token: string): Grant | undefined {
    const device = this.#known(digestOf(token));
    return device && { by: `device:${device.name}`, scope: device.scope };
  }

  /** A device was heard of. */
  seen(token: string, address: string): void {
    const device = this.#known(digestOf(token));
    if (!device) return;
    const now = this.#options.clock.now();
    const isNews = now - device.lastSeenAt > seenEveryMs || device.address !== address;
    this.#replace(device.id, { ...device, lastSeenAt: now, address });
    if (isNews) this.#keep();
  }

  requests(): DeviceRequest[] {
    return this.#waiting().map(({ view }) => view);
  }

  devices(): DeviceView[] {
    return this.#alive().map(({ hash: _hash, digest: _digest, ...view }) => view);
  }

  /** @throws RuntimeError `DEVICE_NOT_FOUND` */
  confirm(id: string, as: { name?: string | undefined; scope?: DeviceScope | undefined }): DeviceView {
    const request = this.#take(id);
    const now = this.#options.clock.now();
    const { view, digest } = request;
    const device: DeviceView = {
      id,
      name: this.#freeName(as.name ?? view.name),
      scope: as.scope ?? view.scope,
      address: view.address,
      pairedAt: now,
      lastSeenAt: now,
    };
    const longestUnseen = this.#alive().toSorted((a, b) => b.lastSeenAt - a.lastSeenAt);
    this.#devices = [...longestUnseen.slice(0, maxDevices - 1), { ...device, hash: digest.toString('hex'), digest }];
    this.#keep();
    return device;
  }

  /** @throws RuntimeError `DEVICE_NOT_FOUND` */
  refuse(id: string): void {
    this.#take(id);
    this.#options.onChange();
  }

  /** The name of the device that is let in no longer. @throws RuntimeError `DEVICE_NOT_FOUND` */
  revoke(id: string): string {
    const device = this.#alive().find((known) => known.id === id);
    if (!device) throw new RuntimeError('DEVICE_NOT_FOUND', `There is no device ${id} here.`, { id });
    this.#devices = this.#devices.filter((known) => known.id !== id);
    this.#keep();
    return device.name;
  }

  /** A device, or one that waits, signs itself out. */
  leave(token: string): void {
    const digest = digestOf(token);
    const device = this.#known(digest);
    this.#requests = this.#requests.filter((request) => !timingSafeEqual(request.digest, digest));
    if (device) this.revoke(device.id);
    else this.#options.onChange();
  }

  #take(id: string): Request {
    const request = this.#waiting().find(({ view }) => view.id === id);
    if (!request) throw new RuntimeError('DEVICE_NOT_FOUND', `No device waits here as ${id}.`, { id });
    this.#requests = this.#requests.filter((one) => one !== request);
    return request;
  }

  #waiting(): Request[] {
    const now = this.#options.clock.now();
    return this.#requests.filter(({ view }) => view.expiresAt > now);
  }

  #alive() {
    const now = this.#options.clock.now();
    return this.#devices.filter(({ lastSeenAt }) => now - lastSeenAt < unusedMs);
  }

  #known(digest: Buffer) {
    return this.#alive().find((device) => timingSafeEqual(device.digest, digest));
  }

  #replace(id: string, next: KeptDevice & { digest: Buffer }): void {
    this.#devices = this.#devices.map((device) => (device.id === id ? next : device));
  }

  /** Two devices are told apart by name, also in the journal. */
  #freeName(wanted: string): string {
    const taken = new Set(this.#alive().map(({ name }) => name));
    for (let n = 1; ; n++) {
      const name = n === 1 ? wanted : `${wanted} ${n}`;
      if (!taken.has(name)) return name;
    }
  }

  #keep(): void {
    this.#options.onKeep(this.#alive().map(({ digest: _digest, ...kept }) => kept));
    this.#options.onChange();
  }
}
