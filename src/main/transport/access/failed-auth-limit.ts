import type { Clock } from '../../lib/clock.ts';
import { plainAddress } from '../../lib/plain-address.ts';

const minuteMs = 60_000;
const forgetAfterMs = 10 * minuteMs;
const firstDelayMs = 1_000;
const maxDelayMs = 60_000;
const maxSources = 10_000;

interface Source {
  /** `clock.elapsed()` of the failures of the last minute, oldest first. */
  failures: number[];
  blockedUntil: number;
  /** The wait after the last failure; 0 until the allowance was used up, and again after ten quiet minutes. */
  delayMs: number;
}

/**
 * Counts failed attempts to prove oneself, for each address and for all together: 10 and 60 a minute. Who has used
 * them up waits, longer after each further failure (1 s to 60 s) until there is quiet for ten minutes. Nothing that a
 * client sends has a say in it but the address it comes from.
 */
export class FailedAuthLimit {
  readonly #sources = new Map<string, Source>();
  readonly #everyone: Source = newSource();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long until an attempt of this address is looked at again; 0: now. */
  waitMs(address: string): number {
    const blockedUntil = Math.max(this.#everyone.blockedUntil, this.#sources.get(address)?.blockedUntil ?? 0);
    return Math.max(0, blockedUntil - this.#clock.elapsed());
  }

  failed(address: string): void {
    const now = this.#clock.elapsed();
    let source = this.#sources.get(address);
    if (!source) {
      this.#forgetOld(now);
      source = newSource();
      this.#sources.set(address, source);
    }
    note(source, now, 10);
    note(this.#everyone, now, 60);
  }

  #forgetOld(now: number): void {
    if (this.#sources.size < maxSources) return;
    for (const [address, source] of this.#sources) {
      if (now - (source.failures.at(-1) ?? 0) > forgetAfterMs) this.#sources.delete(address);
    }
    // All of them recent: the limit for all together holds, so the oldest may go.
    for (const address of this.#sources.keys()) {
      if (this.#sources.size < maxSources) break;
      this.#sources.delete(address);
    }
  }
}

function newSource(): Source {
  return { failures: [], blockedUntil: 0, delayMs: 0 };
}

function note(source: Source, now: number, perMinute: number): void {
  if (now - (source.failures.at(-1) ?? now) > forgetAfterMs) source.delayMs = 0;
  source.failures = source.failures.filter((at) => now - at < minuteMs);
  source.failures.push(now);
  const nth = source.failures[source.failures.length - perMinute];
  if (nth === undefined && source.delayMs === 0) return;
  source.delayMs = Math.min(Math.max(source.delayMs * 2, firstDelayMs), maxDelayMs);
  source.blockedUntil = Math.max((nth ?? Number.NEGATIVE_INFINITY) + minuteMs, now + source.delayMs);
}

/**
 * An address as the limits know it: IPv4 written as IPv6 is IPv4, all of a /64 is one source, and this computer is
 * one source by whatever name.
 */
export function sourceOf(address: string | undefined): string {
  const plain = plainAddress(address ?? '');
  if (plain === '::1' || plain.startsWith('127.')) return 'loopback';
  return plain.includes(':') ? `${expand(plain).slice(0, 4).join(':')}::/64` : plain;
}

function expand(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const front = head ? head.split(':') : [];
  const back = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...back];
}
