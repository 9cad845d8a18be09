import type { Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
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
  readonly #open = new Map<string, number>();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #sockets = new Set<Socket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  admit(socket: Socket): void {
    const host = plainHost(socket.remoteAddress);
    const open = this.#open.get(host) ?? 0;
    if (this.#sockets.size >= maxOpen || open >= maxOpenPerAddress || this.#bucketOf(host).take() > 0) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    this.#open.set(host, open + 1);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      const left = (this.#open.get(host) ?? 1) - 1;
      if (left > 0) this.#open.set(host, left);
      else this.#open.delete(host);
    });
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
