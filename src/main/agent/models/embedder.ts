import type { OpenAI } from 'openai';
import type { EmbedderConfig } from '../../../shared/config/memory-config.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { Embedder } from '../../context/memory/memory-provider.ts';
import type { Environment } from './environment.ts';
import { type ResolvedModel, resolveModel } from './resolve-model.ts';

/** Longer texts are cut: most embedding models take 8,192 tokens. */
const mostChars = 24_000;

/** Any server with OpenAI's embeddings. The client's package is loaded with the first text. @throws RuntimeError MODEL_UNKNOWN */
export function connectEmbedder(config: EmbedderConfig, env: Environment): Embedder {
  const { model: id, baseUrl, apiKey } = config;
  let client: Promise<OpenAI> | undefined;
  let encoding: 'base64' | 'float' = 'base64';
  const resolved = () => resolveModel(id, { ...(baseUrl ? { baseUrl } : {}), ...(apiKey ? { apiKey } : {}) }, env);

  async function ask(texts: readonly string[], signal: AbortSignal): Promise<{ index: number; embedding: unknown }[]> {
    const model = resolved();
    client ??= openClient(model);
    const input = texts.map((text) => text.slice(0, mostChars) || ' ');
    const answer = await (await client).embeddings.create(
      { model: model.name, input, encoding_format: encoding },
      { signal },
    );
    return answer.data;
  }

  return {
    id: `${id}${baseUrl ? ` at ${baseUrl}` : ''}`,
    async embed(texts, signal) {
      try {
        let answers: Awaited<ReturnType<typeof ask>>;
        try {
          answers = await ask(texts, signal);
        } catch (thrown) {
          const { status } = thrown as { status?: number };
          if (encoding === 'float' || (status !== 400 && status !== 422)) throw thrown;
          // Some servers know no base64.
          encoding = 'float';
          answers = await ask(texts, signal);
        }
        const vectors = [...answers].sort((a, b) => a.index - b.index).map(({ embedding }) => vectorOf(embedding));
        if (
          vectors.length === texts.length &&
          vectors.every(({ length }) => length > 0 && length === vectors[0]?.length)
        )
          return vectors;
        throw new RuntimeError(
          'MEMORY_UNAVAILABLE',
          `gave ${vectors.length} vectors for ${texts.length} texts, or empty ones`,
        );
      } catch (thrown) {
        const { code, message } =
          thrown instanceof RuntimeError
            ? thrown
            : { code: 'MEMORY_UNAVAILABLE' as const, message: asError(thrown).message };
        throw new RuntimeError(
          code,
          `The embedder ${id} cannot be used: ${signal.aborted ? 'no answer in time' : message.slice(0, 300)}`,
        );
      }
    },
  };
}

async function openClient({ baseUrl, apiKey, provider }: ResolvedModel): Promise<OpenAI> {
  const { OpenAI: Client } = await import('openai');
  // Given explicitly, or the client reads them from the environment, whichever provider this is.
  const none = { adminAPIKey: null, organization: null, project: null, webhookSecret: null };
  const viaHeader = provider.quirks.auth === 'api-key' && apiKey ? { defaultHeaders: { 'api-key': apiKey } } : {};
  return new Client({
    ...none,
    baseURL: baseUrl,
    apiKey: apiKey ?? 'unused',
    maxRetries: 1,
    logLevel: 'off',
    ...viaHeader,
  });
}

/** Numbers, or base64 of 32-bit floats in little-endian order. */
function vectorOf(embedding: unknown): Float32Array {
  if (Array.isArray(embedding)) return Float32Array.from(embedding as number[]);
  if (typeof embedding !== 'string') return new Float32Array(0);
  const bytes = Buffer.from(embedding, 'base64');
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4));
}
