import type { Embedder } from './memory-provider.ts';
import { wordsOf } from './words.ts';

const dimensions = 384;

/**
 * Vectors without a model: each word adds to one of 384 places (feature hashing; Weinberger et al., ICML 2009). Finds
 * texts that share words, not meanings; for vector stores where no embedder is configured.
 */
export const hashedEmbedder: Embedder = {
  id: `hashed-words-${dimensions}`,
  embed: async (texts) => texts.map(hashed),
};

function hashed(text: string): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of wordsOf(text)) {
    const hash = fnv1a(word);
    const place = hash % dimensions;
    vector[place] = (vector[place] ?? 0) + (hash & 0x8000_0000 ? 1 : -1);
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

/** 32-bit FNV-1a. */
function fnv1a(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  return hash >>> 0;
}
