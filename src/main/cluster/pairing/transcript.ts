import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { wordsOf } from '../../lib/word-list.ts';

/** One side of a pairing as the other sees it: the node is proven by its key in the handshake. */
export interface PairingSide {
  node: string;
  name: string;
  /** 32 bytes in base64url, drawn for this pairing alone. */
  nonce: string;
}

/**
 * What a side binds itself to before it knows the other's nonce. Who stands in between would have to choose its nonces
 * without knowing ours, and so has one guess in 2^48 at making both screens show the same words.
 */
export function commitmentOf(side: PairingSide, is: 'asker' | 'hub'): string {
  return digest('commitment', is, side.node, side.name, side.nonce).toString('base64url');
}

/** All that was said, as one hash: equal on both sides only if nobody stood in between. */
export function transcriptOf(asker: PairingSide, hub: PairingSide): Buffer {
  return digest('transcript', asker.node, hub.node, asker.name, hub.name, asker.nonce, hub.nonce);
}

/** Six words, 48 bits, for two people to compare. */
export function pairingWords(transcript: Buffer): string[] {
  return wordsOf(createHmac('sha256', transcript).update('words').digest(), 6);
}

/** That a side knows the code, in a form that is of use in this pairing only. `rest` is bound to it as well. */
export function proofOf(code: string, is: 'asker' | 'hub', transcript: Buffer, rest = ''): string {
  return createHmac('sha256', code)
    .update(digest('proof', is, rest))
    .update(transcript)
    .digest('base64url');
}

export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Each part with its length before it, so that no two lists of parts give the same bytes. */
function digest(...parts: string[]): Buffer {
  const hash = createHash('sha256').update('agent-runtime pairing 1\n');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest();
}
