import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { RuntimeError } from '../../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../../shared/json.ts';

export interface BodyLimits {
  /** As it comes over the wire. */
  maxBytes: number;
  /** After decompression. */
  maxDecodedBytes: number;
}

const decoders: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};
export const acceptEncoding = 'gzip, deflate, br, zstd';

/** Reads and decompresses a body. @throws RuntimeError FETCH_LIMIT as soon as a limit is passed, FETCH_FAILED. */
export async function readBody(response: IncomingMessage, limits: BodyLimits, signal: AbortSignal): Promise<Buffer> {
  const encodings = (response.headers['content-encoding'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const unknown = encodings.find((name) => !decoders[name]);
  if (unknown !== undefined || encodings.length > 2) {
    response.destroy();
    throw new RuntimeError(
      'FETCH_FAILED',
      `The answer is encoded as "${encodings.join(', ').slice(0, 60)}", which cannot be read.`,
    );
  }
  const chunks: Buffer[] = [];
  const stages = [
    response,
    atMost(limits.maxBytes, 'The answer'),
    ...encodings.reverse().map((name) => (decoders[name] as () => Transform)()),
    atMost(limits.maxDecodedBytes, 'The decompressed answer'),
    async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) chunks.push(chunk);
    },
  ];
  // The types of `pipeline` know generators only in a call with a fixed number of them.
  await pipeline(stages as unknown as NodeJS.ReadWriteStream[], { signal });
  return Buffer.concat(chunks);
}

function atMost(maxBytes: number, what: string) {
  return async function* counted(source: AsyncIterable<Buffer>) {
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw new RuntimeError('FETCH_LIMIT', `${what} is larger than ${maxBytes} bytes.`, { maxBytes });
      }
      yield chunk;
    }
  };
}

/** The text of a body by its declared character set (UTF-8 unless known); undefined for what is not text. */
export function bodyText(body: Buffer, contentType: string): string | undefined {
  if (
    /^(image|audio|video|font)\/(?!svg)|octet-stream|zip|pdf/i.test(contentType) ||
    body.subarray(0, 4_096).includes(0)
  ) {
    return undefined;
  }
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}

/** The JSON in a text, unless it is none or nested more than 64 deep. */
export function jsonIn(text: string): Json | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return isDeeper(value, 64) ? undefined : value;
}

/** Whether a value is nested more than `levels` deep; safe for any depth. */
export function isDeeper(value: Json, levels: number): boolean {
  let layer: Json[] = [value];
  for (let level = 0; layer.length > 0; level++) {
    if (level > levels) return true;
    layer = layer.flatMap((one) => (Array.isArray(one) || isJsonObject(one) ? Object.values(one) : []));
  }
  return false;
}
