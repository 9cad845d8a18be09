import { RuntimeError } from '../../../shared/errors.ts';
import { maxMessageBytes } from '../peers.ts';

/**
 * What two nodes send each other over one TLS connection: messages, cut into frames so that a long one holds up no
 * short one. A frame is its length (4 bytes, big-endian), its kind (1; the highest bit says that more of the same
 * message follows), the number of the question it belongs to (4), and up to 64 KiB of content.
 */
export const frameKinds = { hello: 1, question: 2, answer: 3, failure: 4, cancel: 5, bye: 6 } as const;
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

export interface Message {
  kind: FrameKind;
  /** Of a question; its answer carries the same. 0 for what belongs to none. */
  id: number;
  content: Buffer;
}

const headBytes = 9;
const moreFollows = 0x80;
export const maxFrameBytes = 64 * 1024;
/** Of all messages that are in pieces at a time. */
const maxPiecesBytes = 2 * maxMessageBytes;
const lastKind = Math.max(...Object.values(frameKinds));

/** The frame that begins at `from` in the content, and where the next one begins; null: that was the last. */
export function frameOf({ kind, id, content }: Message, from: number): { frame: Buffer; next: number | null } {
  const end = Math.min(content.length, from + maxFrameBytes);
  const next = end < content.length ? end : null;
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUInt32BE(end - from, 0);
  head.writeUInt8(next === null ? kind : kind | moreFollows, 4);
  head.writeUInt32BE(id, 5);
  return { frame: Buffer.concat([head, content.subarray(from, end)]), next };
}

/** Puts messages together again from bytes as they come. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  readonly #pieces = new Map<string, { parts: Buffer[]; bytes: number }>();
  #piecesBytes = 0;

  /** @throws RuntimeError `PEER_UNREACHABLE` for what is no frame of ours or too much; nothing more can be read then. */
  take(chunk: Buffer): Message[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const messages: Message[] = [];
    while (bytes.length >= headBytes) {
      const length = bytes.readUInt32BE(0);
      const flags = bytes.readUInt8(4);
      const kind = flags & ~moreFollows;
      if (length > maxFrameBytes || kind < 1 || kind > lastKind) throw unreadable('it is no frame');
      if (bytes.length < headBytes + length) break;
      const message = this.#join(
        kind as FrameKind,
        bytes.readUInt32BE(5),
        bytes.subarray(headBytes, headBytes + length),
        {
          more: flags !== kind,
        },
      );
      if (message) messages.push(message);
      bytes = bytes.subarray(headBytes + length);
    }
    // A copy, so that one small rest does not keep a large chunk alive.
    this.#rest = bytes.length > 0 ? Buffer.from(bytes) : bytes;
    return messages;
  }

  #join(kind: FrameKind, id: number, part: Buffer, { more }: { more: boolean }): Message | undefined {
    const key = `${kind}:${id}`;
    const begun = this.#pieces.get(key);
    if (!begun && !more) return { kind, id, content: part };
    const pieces = begun ?? { parts: [], bytes: 0 };
    pieces.parts.push(Buffer.from(part));
    pieces.bytes += part.length;
    this.#piecesBytes += part.length;
    if (pieces.bytes > maxMessageBytes || this.#piecesBytes > maxPiecesBytes) throw unreadable('it is too long');
    if (more) {
      this.#pieces.set(key, pieces);
      return undefined;
    }
    this.#pieces.delete(key);
    this.#piecesBytes -= pieces.bytes;
    return { kind, id, content: Buffer.concat(pieces.parts) };
  }
}

function unreadable(why: string): RuntimeError {
  return new RuntimeError('PEER_UNREACHABLE', `What the peer sent cannot be read: ${why}.`);
}
