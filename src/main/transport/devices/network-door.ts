import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import {
  type DeviceCode,
  type DeviceScope,
  usualWindowPort,
  type WindowChanges,
  type WindowPlace,
} from '../../../shared/operations/window-operations.ts';
import type { Clock } from '../../lib/clock.ts';
import { type KeptKey, openKeptKey } from '../../store/kept-key.ts';
import type { FaultLog } from '../http/problem.ts';
import type { Served } from '../http/served.ts';
import { DeviceBook } from './device-book.ts';
import { nearness } from './near-addresses.ts';
import { certificateFacts, currentCertificate, type ServedNames } from './window-certificate.ts';
import { type KeptWindow, readWindow, windowKeyFile, writeWindow } from './window-file.ts';
import { WindowServer } from './window-server.ts';

/** How often addresses and the certificate are looked at, and a port that was taken is tried again. */
const lookMs = 30_000;

export interface NetworkDoorOptions {
  dataDir: string;
  seal?: Uint8Array | undefined;
  clock: Clock;
  windowDir: string | null;
  fault: FaultLog;
  log(level: 'info' | 'warn' | 'error', message: string, details: JsonObject): void;
  /** Addresses by which other computers may reach this one. */
  addresses(): string[];
  /** The networks this computer is part of. */
  nets(): string[];
  onChange(): void;
}

/**
 * The window for other devices as a whole: on or off, where, with which certificate, for whom. What is kept holds over
 * starts; while it is off, no port is open and no timer runs.
 */
export class NetworkDoor implements WindowPlace {
  readonly #options: NetworkDoorOptions;
  readonly #book: DeviceBook;
  #kept: KeptWindow;
  #key: KeptKey | undefined;
  #served: Served | undefined;
  #server: WindowServer | undefined;
  #problem: { code: string; message: string } | null = null;
  #hosts = '';
  #disarm = () => {};
  /** Changes and looks come one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: NetworkDoorOptions) {
    this.#options = options;
    this.#kept = this.#read();
    this.#book = new DeviceBook({
      clock: options.clock,
      devices: this.#kept.devices,
      onKeep: (devices) => this.#keep({ devices: [...devices] }),
      onChange: () => options.onChange(),
    });
  }

  /** Where it listens now; undefined: nowhere. */
  get port(): number | undefined {
    return this.#server?.port;
  }

  /** Takes up what was kept. A port that is taken keeps no node from starting: it is tried again. */
  async open(served: Served): Promise<void> {
    this.#served = served;
    if (this.#kept.on) await this.#inTurn(() => this.#tryToListen());
  }

  async close(): Promise<void> {
    this.#served = undefined;
    await this.#inTurn(() => this.#stop());
  }

  view(): ReturnType<WindowPlace['view']> {
    const { on, port: savedPort, certificate } = this.#kept;
    const facts = certificate === null ? null : certificateFacts(certificate);
    return {
      on,
      port: this.#server?.port ?? null,
      savedPort,
      urls: this.#urls(),
      fingerprint: facts?.fingerprint ?? null,
      certificateEndsAt: facts?.endsAt ?? null,
      problem: this.#problem,
      devices: this.#book.devices(),
      requests: this.#book.requests(),
    };
  }

  change({ on = this.#kept.on, port = this.#kept.port }: WindowChanges): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#kept;
      const mustMove = this.#server !== undefined && (!on || port !== this.#server.port);
      if (mustMove) await this.#stop();
      try {
        if (on && !this.#server) await this.#listen(port);
      } catch (thrown) {
        if (before.on) await this.#tryToListen();
        throw thrown;
      }
      if (on !== before.on) this.#options.log('info', 'the window for other devices', { on, port });
      this.#problem = null;
      this.#keep({ on, port });
      this.#options.onChange();
    });
  }

  showCode(scope: DeviceScope): DeviceCode {
    const { certificate } = this.#kept;
    if (!this.#server || certificate === null) {
      throw new RuntimeError('WINDOW_OFF', 'Other devices do not reach the window of this node now.');
    }
    const { code, expiresAt } = this.#book.showCode(scope);
    const urls = this.#urls().map((url) => `${url}#pair=${code}`);
    return { code, scope, expiresAt, urls, fingerprint: certificateFacts(certificate).fingerprint };
  }

  confirm(id: string, as: Parameters<WindowPlace['confirm']>[1]): ReturnType<WindowPlace['confirm']> {
    const device = this.#book.confirm(id, as);
    const { name, scope, address } = device;
    this.#options.log('info', 'a device was let in', { name, scope, address });
    return device;
  }

  refuse(id: string): void {
    this.#book.refuse(id);
  }

  revoke(id: string): void {
    const name = this.#book.revoke(id);
    this.#options.log('info', 'a device is let in no longer', { name });
  }

  /** What cannot be read lets nobody in, and keeps no node from starting. */
  #read(): KeptWindow {
    try {
      return readWindow(this.#options.dataDir);
    } catch (thrown) {
      const { code, message } = toWire(thrown);
      this.#options.log('error', 'the window for other devices is off', { code, reason: message });
      this.#problem = { code, message };
      return { on: false, port: usualWindowPort, certificate: null, devices: [] };
    }
  }

  async #tryToListen(): Promise<void> {
    try {
      await this.#listen(this.#kept.port);
      this.#problem = null;
    } catch (thrown) {
      const { code, message } = toWire(thrown);
      if (this.#problem?.code !== code)
        this.#options.log('error', 'the window for other devices is not reached', { code, reason: message });
      this.#problem = { code, message };
      this.#lookSoon();
    }
    this.#options.onChange();
  }

  /** @throws RuntimeError `PORT_TAKEN`, `KEYCHAIN_UNAVAILABLE` */
  async #listen(port: number): Promise<void> {
    const { clock, windowDir, fault, log } = this.#options;
    if (!this.#served) return;
    const server = new WindowServer({
      served: this.#served,
      book: this.#book,
      clock,
      log: fault,
      windowDir,
      credentials: this.#credentials(),
      isNear: nearness(this.#options.nets()),
      onWrongCode: (address, why) => log('warn', 'a device was not let in', { address, why }),
    });
    await server.listen(port);
    this.#server = server;
    this.#hosts = '';
    this.#look();
  }

  async #stop(): Promise<void> {
    this.#disarm();
    this.#book.close();
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  #lookSoon(): void {
    this.#disarm();
    this.#disarm = this.#options.clock.after(lookMs, () => void this.#inTurn(async () => this.#lookAgain()));
  }

  async #lookAgain(): Promise<void> {
    if (!this.#served || !this.#kept.on) return;
    if (this.#server) this.#look();
    else await this.#tryToListen();
  }

  /** Answers to the addresses that this computer has now, with a certificate that names them. */
  #look(): void {
    const { names, addresses } = this.#names();
    const hosts = [...names, ...addresses.map((address) => (isIPv6(address) ? `[${address}]` : address))];
    const nets = this.#options.nets();
    const before = this.#kept.certificate;
    const credentials = this.#credentials();
    if (this.#kept.certificate !== before) this.#server?.show(credentials);
    const now = [...hosts, ...nets].join();
    if (now !== this.#hosts || this.#kept.certificate !== before) {
      this.#hosts = now;
      this.#server?.answerTo(hosts, nearness(nets));
      this.#options.onChange();
    }
    this.#lookSoon();
  }

  /** @throws RuntimeError `KEYCHAIN_UNAVAILABLE` */
  #credentials(): { key: string; cert: string } {
    const { dataDir, seal, clock } = this.#options;
    const path = windowKeyFile(dataDir);
    const unreadable = `The key ${path} cannot be read: delete it, and another is made.`;
    this.#key ??= openKeptKey(path, 'agent-runtime/window-key', unreadable, seal);
    const key = this.#key.open();
    const certificate = currentCertificate(this.#kept.certificate, key, this.#names(), clock.now());
    if (certificate !== this.#kept.certificate) this.#keep({ certificate });
    return { key: key.export({ type: 'pkcs8', format: 'pem' }) as string, cert: certificate };
  }

  #names(): ServedNames {
    const own = hostname().toLowerCase();
    const named = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(own) ? [own] : [];
    const local = named.filter((name) => !name.includes('.')).map((name) => `${name}.local`);
    return {
      names: [...new Set(['localhost', ...named, ...local])],
      addresses: [...new Set(['127.0.0.1', '::1', ...this.#options.addresses()])],
    };
  }

  /** IPv4 first, since people type it; names last, since not every network knows them. */
  #urls(): string[] {
    const port = this.#server?.port;
    if (port === undefined) return [];
    const { names } = this.#names();
    const addresses = this.#options.addresses().toSorted((a, b) => Number(isIPv6(a)) - Number(isIPv6(b)));
    const hosts = [
      ...addresses.map((address) => (isIPv6(address) ? `[${address}]` : address)),
      ...names.filter((name) => name.endsWith('.local')),
    ];
    return hosts.map((host) => `https://${host}:${port}/`);
  }

  #keep(changes: Partial<KeptWindow>): void {
    this.#kept = { ...this.#kept, ...changes };
    writeWindow(this.#options.dataDir, this.#kept);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}
