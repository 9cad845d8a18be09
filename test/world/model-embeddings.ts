import { createHash } from 'node:crypto';
import type { JsonObject } from '../../src/shared/json.ts';
import { tokens } from './model-respond.ts';

/** The answer to an embeddings request: floats, or base64 when asked for. */
export function embeddings(body: JsonObject, dimensions = 64): JsonObject {
  const inputs = Array.isArray(body['input']) ? body['input'] : [body['input'] ?? ''];
  const length = typeof body['dimensions'] === 'number' ? body['dimensions'] : dimensions;
  const vectors = inputs.map((input) => embed(String(input), length));
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: body['encoding_format'] === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector],
  }));
  const used = tokens(body['input']);
  return { object: 'list', model: body['model'] ?? '', data, usage: { prompt_tokens: used, total_tokens: used } };
}

/** Words hashed into buckets and set to length 1: texts that share words are near each other. */
function embed(text: string, length: number): Float32Array {
  const vector = new Float32Array(length);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']) {
    const hash = createHash('md5').update(word).digest();
    const bucket = hash.readUInt32LE(0) % length;
    vector[bucket] = (vector[bucket] ?? 0) + (hash.readUInt8(4) < 128 ? 1 : -1);
  }
  const norm = Math.hypot(...vector) || 1;
  return vector.map((value) => value / norm);
}
