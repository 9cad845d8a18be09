/**
 * Announces this node by mDNS and looks for others, in a process of its own: the libraries below throw where nobody can
 * catch, such as after sleep or when an interface goes. Its parent starts it again. What it hears it passes on unread.
 */
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { Bonjour, type Browser, type Service } from 'bonjour-service';

const serviceType = 'agent-runtime';
const beatMs = 2_000;
const interfacesEveryMs = 3_000;
/** At first often, so that a new node is met at once; then now and then. */
const roundsMs = [700, 1_500, 3_000];
const laterRoundsMs = 5_000;
const mostPerRound = 200;

interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** To a Node parent, or to Electron's (a utility process has `parentPort` and ends with its parent by itself). */
const parentPort = (process as unknown as { parentPort?: ParentPort }).parentPort;
const tell = (message: object): void => {
  if (parentPort) parentPort.postMessage(message);
  else process.send?.(message, undefined, undefined, () => {});
};
const listen = (listener: (message: unknown) => void): void => {
  if (parentPort) parentPort.on('message', ({ data }) => listener(data));
  else process.on('message', listener);
};

/** One interface: mDNS sends on one only, so that a node on two networks needs two. */
class Voice {
  readonly #address: string;
  readonly #bonjour: Bonjour;
  #service: Service | undefined;
  #browser: Browser | undefined;
  #told = 0;

  constructor(address: string) {
    this.#address = address;
    // Bound to all addresses, or multicast is not received; errors end this process, and the parent starts another.
    this.#bonjour = new Bonjour({ interface: address, bind: '0.0.0.0' } as object, (error: unknown) => fail(error));
  }

  announce(port: number, tag: string): void {
    this.#service?.stop();
    const name = randomBytes(8).toString('hex');
    this.#service = this.#bonjour.publish({
      name,
      // Else the name of the computer would go out.
      host: `${name}.local`,
      type: serviceType,
      port,
      txt: { v: '1', t: tag },
      probe: false,
      disableIPv6: true,
    });
  }

  /** Asks anew, with nothing remembered: the library keeps what it has heard for hours, also of nodes that are gone. */
  look(): void {
    this.#browser?.stop();
    this.#told = 0;
    this.#browser = this.#bonjour.find({ type: serviceType }, (found) => this.#heard(found));
  }

  #heard({ port, txt, referer, addresses = [] }: Service): void {
    if (++this.#told > mostPerRound) {
      this.#browser?.stop();
      return;
    }
    const { v, t: tag } = (txt ?? {}) as { v?: unknown; t?: unknown };
    const host = referer?.address ?? addresses[0];
    if (v === '1') tell({ kind: 'advert', advert: { host, port, tag }, via: this.#address });
  }

  close(): void {
    this.#browser?.stop();
    // Its goodbye goes out before the socket is closed.
    this.#bonjour.unpublishAll(() => this.#bonjour.destroy());
  }
}

const voices = new Map<string, Voice>();
let announced: { port: number; tag: string } | undefined;

function followInterfaces(): void {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const v4 = all.filter(({ family }) => family === 'IPv4');
  const outward = v4.filter(({ internal }) => !internal);
  const addresses = new Set((outward.length > 0 ? outward : v4).map(({ address }) => address));
  for (const [address, voice] of voices) {
    if (addresses.has(address)) continue;
    voices.delete(address);
    voice.close();
  }
  for (const address of addresses) {
    if (voices.has(address)) continue;
    const voice = new Voice(address);
    voices.set(address, voice);
    if (announced) voice.announce(announced.port, announced.tag);
    voice.look();
  }
}

function look(): void {
  for (const voice of voices.values()) voice.look();
}

function fail(error: unknown): void {
  tell({ kind: 'failed', message: String((error as Error)?.message ?? error).slice(0, 200) });
  setTimeout(() => process.exit(1), 100);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
if (!parentPort) process.on('disconnect', () => process.exit(0));
listen((message) => {
  const { kind, port, tag } = message as { kind?: unknown; port?: unknown; tag?: unknown };
  if (kind === 'stop') {
    for (const voice of voices.values()) voice.close();
    setTimeout(() => process.exit(0), 200);
  }
  if (kind !== 'announce') return;
  announced = { port: Number(port), tag: String(tag) };
  for (const voice of voices.values()) voice.announce(announced.port, announced.tag);
});
followInterfaces();
setInterval(followInterfaces, interfacesEveryMs);
for (const ms of roundsMs) setTimeout(look, ms);
setInterval(look, laterRoundsMs);
setInterval(() => tell({ kind: 'beat' }), beatMs);
tell({ kind: 'beat' });
