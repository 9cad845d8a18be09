import { createHash, type KeyObject } from 'node:crypto';
import { wordsOf } from '../../lib/word-list.ts';

/** Crockford's base 32 in lower case: without i, l, o and u, which are mistaken for others. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** 256 bits are 52 digits, in four groups that each end with a check digit. */
const groupLength = 13;
const groups = 4;

/**
 * The id of a node: the SHA-256 of its public key (SPKI, DER) in base 32, with four check digits: 56 characters. To have
 * this id is to have the key, so it is all that has to be remembered of a node to know it again.
 */
export function nodeIdOf(publicKey: KeyObject | Buffer): string {
  const digits = base32(fingerprint(publicKey));
  const parts = Array.from({ length: groups }, (_, at) => digits.slice(at * groupLength, (at + 1) * groupLength));
  return parts.map((part) => part + checkDigit(part)).join('');
}

/** Whether the text is a node id without a slip of the pen. */
export function isNodeId(text: string): boolean {
  if (!/^[0-9a-hjkmnp-tv-z]{56}$/.test(text)) return false;
  const parts = text.match(/.{14}/g) ?? [];
  return parts.every((part) => checkDigit(part.slice(0, groupLength)) === part[groupLength]);
}

/** Four words that stand for an id where people compare by eye; 32 bits, so no proof. */
export function nodeWords(id: string): string {
  return wordsOf(createHash('sha256').update(id).digest(), 4).join(' ');
}

function fingerprint(publicKey: KeyObject | Buffer): Buffer {
  const der = Buffer.isBuffer(publicKey) ? publicKey : publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest();
}

function base32(bytes: Buffer): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0x1fff;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text;
}

/** Luhn's check digit for base 32: catches every single wrong digit, and nearly all that are swapped with a neighbour. */
function checkDigit(text: string): string {
  let sum = 0;
  for (let at = text.length - 1, factor = 2; at >= 0; at--, factor = 3 - factor) {
    const product = factor * alphabet.indexOf(text[at] as string);
    sum += Math.floor(product / 32) + (product % 32);
  }
  return alphabet[(32 - (sum % 32)) % 32] as string;
}
