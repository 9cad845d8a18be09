import type { Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { OpenBySource } from '../../lib/open-by-source.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';
import { plainHost } from './addresses.ts';

const maxOpen = 256;
const maxOpenPerAddress = 32;
const newPerSecond = 10;
const newAtOnce = 40;
const maxAddresses = 1_000;

/** Who connects too often, or too many at a time, is hung up on before the handshake, which costs us a signature. */
export class ConnectionLimit {
  readonly #clock: Clock;
  readonly #open = new OpenBySource();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #sockets = new Set<Socket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  admit(socket: Socket): void {
    const host = plainHost(socket.remoteAddress);
    if (this.#sockets.size >= maxOpen || this.#open.of(host) >= maxOpenPerAddress || this.#bucketOf(host).take() > 0) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    this.#open.add(host, socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Ends what is still open, such as handshakes that nobody goes on with. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #bucketOf(host: string): TokenBucket {
    const known = this.#buckets.get(host);
    if (known) return known;
    if (this.#buckets.size >= maxAddresses) this.#buckets.clear();
    const bucket = new TokenBucket(this.#clock, newPerSecond, newAtOnce);
    this.#buckets.set(host, bucket);
    return bucket;
  }
}
