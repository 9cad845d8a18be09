import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import { isJsonObject } from '../../../shared/json.ts';

/** What a node tells the network about itself: an address, and a mark that only nodes paired with it can read. */
export interface Advert {
  host: string;
  port: number;
  /** 64 bits, in hex. */
  tag: string;
}

export const tagPeriodMs = 600_000;

/**
 * The mark of a node for ten minutes: to those who know its id it says who this is, to all others nothing, and the next
 * one cannot be linked with it.
 */
export function advertTag(node: string, period: number): string {
  return createHmac('sha256', node).update(`agent-runtime advert ${period}`).digest('hex').slice(0, 16);
}

export function tagPeriod(now: number): number {
  return Math.floor(now / tagPeriodMs);
}

/** The node whose mark it is, among those that are known; clocks may be ten minutes apart. */
export function nodeOfTag(tag: string, nodes: readonly string[], now: number): string | null {
  const period = tagPeriod(now);
  return nodes.find((node) => [period, period - 1, period + 1].some((each) => advertTag(node, each) === tag)) ?? null;
}

/** What came over the network, if it has the form of an advert. Names and whatever else it carries are left behind. */
export function readAdvert(value: unknown): Advert | null {
  if (!isJsonObject(value)) return null;
  const { host, port, tag } = value;
  if (typeof host !== 'string' || isIP(host) === 0) return null;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return null;
  return typeof tag === 'string' && /^[0-9a-f]{16}$/.test(tag) ? { host, port, tag } : null;
}
