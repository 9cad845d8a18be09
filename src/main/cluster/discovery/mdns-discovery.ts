import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type JsonObject } from '../../../shared/json.ts';
import { jitteredMs } from '../../lib/backoff.ts';
import type { ChildProcessHandle, StartChild } from '../../lib/child.ts';
import type { Clock } from '../../lib/clock.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';
import { addressText } from '../link/addresses.ts';
import { advertTag, nodeOfTag, readAdvert, tagPeriod, tagPeriodMs } from './advert.ts';
import { type Discovery, mostSighted, type Sighted } from './discovery.ts';

export interface MdnsDiscoveryOptions {
  startChild: StartChild;
  clock: Clock;
  self: string;
  /** Where this node listens for peers; null: it only looks, and says nothing of itself. */
  port: number | null;
  /** Paired nodes, to know their marks by. */
  nodes(): readonly string[];
  onSighted(sighted: Sighted): void;
  log(level: 'info' | 'warn', message: string, details: JsonObject): void;
  /** The child's module; left out: the one beside this file, or in the bundle. */
  childModule?: string;
}

const silenceMs = 10_000;
const goneAfterMs = 20_000;
const firstPauseMs = 1_000;
const mostPauseMs = 60_000;
/** A child that lived for as long did not fail for what made the one before fail. */
const steadyMs = 60_000;
const advertsPerSecond = 50;
const advertsAtOnce = 200;

/**
 * Nodes on the same network, by mDNS. All of it happens in a child process that is watched by its heartbeat and started
 * again with growing pauses, so that a network without multicast, or one full of nonsense, costs this node nothing.
 */
export class MdnsDiscovery implements Discovery {
  readonly source = 'mdns';
  readonly #options: MdnsDiscoveryOptions;
  readonly #sighted = new Map<string, Sighted>();
  readonly #bucket: TokenBucket;
  #child: ChildProcessHandle | undefined;
  #problem: string | null = null;
  #startedAt = 0;
  #failures = 0;
  #disarms: { silence?: () => void; restart?: () => void; tag?: () => void } = {};
  #closed = false;

  constructor(options: MdnsDiscoveryOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.clock, advertsPerSecond, advertsAtOnce);
    this.#start();
  }

  /** Why it is not searching just now; null: it is. */
  get problem(): string | null {
    return this.#problem;
  }

  get isSearching(): boolean {
    return this.#child !== undefined;
  }

  list(): readonly Sighted[] {
    const oldest = this.#options.clock.now() - goneAfterMs;
    for (const [address, { seenAt }] of this.#sighted) if (seenAt < oldest) this.#sighted.delete(address);
    return [...this.#sighted.values()];
  }

  /** Begins anew, such as after sleep, when sockets may be deaf without knowing it. */
  restart(): void {
    this.#failures = 0;
    this.#end();
    this.#start();
  }

  close(): void {
    this.#closed = true;
    const child = this.#child;
    this.#end((last) => last.send({ kind: 'stop' }));
    if (child) this.#options.clock.after(1_000, () => child.kill());
  }

  #start(): void {
    this.#disarms.restart?.();
    if (this.#closed) return;
    const { startChild, clock } = this.#options;
    this.#startedAt = clock.elapsed();
    const child = startChild(this.#options.childModule ?? mdnsChildModule(), {
      execArgv: ['--permission', '--allow-fs-read=*', '--max-old-space-size=64'],
    });
    this.#child = child;
    child.onMessage((message) => this.#child === child && this.#hear(message));
    child.onExit((code) => this.#child === child && this.#fell(`it ended with ${code}`));
    this.#watchSilence(child);
    this.#announce();
  }

  #end(last: (child: ChildProcessHandle) => void = (child) => child.kill()): void {
    for (const disarm of Object.values(this.#disarms)) disarm();
    this.#disarms = {};
    const child = this.#child;
    this.#child = undefined;
    if (child) last(child);
  }

  #fell(why: string): void {
    const { clock, log } = this.#options;
    const told = this.#problem;
    this.#problem ??= why;
    if (clock.elapsed() - this.#startedAt > steadyMs) this.#failures = 0;
    this.#failures++;
    const pauseMs = Math.max(firstPauseMs, jitteredMs(this.#failures, firstPauseMs, mostPauseMs));
    if (this.#failures === 1 || told !== this.#problem) {
      log('warn', 'mDNS discovery fell over and is started again', { why: this.#problem, pauseMs });
    }
    this.#end();
    if (!this.#closed) this.#disarms.restart = clock.after(pauseMs, () => this.#start());
  }

  #watchSilence(child: ChildProcessHandle): void {
    this.#disarms.silence?.();
    this.#disarms.silence = this.#options.clock.after(silenceMs, () => {
      if (this.#child === child) this.#fell(`it said nothing for ${silenceMs / 1_000} s`);
    });
  }

  #announce(): void {
    const { clock, self, port } = this.#options;
    if (port === null) return;
    const now = clock.now();
    this.#child?.send({ kind: 'announce', port, tag: advertTag(self, tagPeriod(now)) });
    this.#disarms.tag?.();
    this.#disarms.tag = clock.after(tagPeriodMs - (now % tagPeriodMs), () => this.#announce());
  }

  #hear(message: unknown): void {
    if (this.#child) this.#watchSilence(this.#child);
    if (!isJsonObject(message)) return;
    if (message['kind'] === 'failed') this.#problem = String(message['message']).replace(/[^\x20-\x7e]/g, '?');
    else this.#problem = null;
    if (message['kind'] === 'advert' && this.#bucket.take() === 0) this.#sight(message['advert']);
  }

  #sight(value: unknown): void {
    const { clock, self, nodes, onSighted } = this.#options;
    const advert = readAdvert(value);
    if (!advert) return;
    const now = clock.now();
    if (nodeOfTag(advert.tag, [self], now)) return;
    const address = addressText(advert);
    const sighted: Sighted = { address, node: nodeOfTag(advert.tag, nodes(), now), seenAt: now };
    if (!this.#sighted.has(address) && this.list().length >= mostSighted && !sighted.node) return;
    this.#sighted.set(address, sighted);
    onSighted(sighted);
  }
}

/** Beside this file in the source, beside or above it in the bundle. */
function mdnsChildModule(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = ['mdns-child.ts', 'mdns-child.js', '../mdns-child.js'].map((name) => join(here, name)).find(existsSync);
  if (found === undefined) {
    throw new RuntimeError('NOT_SUPPORTED', `mdns-child is neither in ${here} nor above it: build the app again.`);
  }
  return found;
}
