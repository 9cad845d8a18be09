import { RuntimeError } from '../../../shared/errors.ts';
import { backoffMs } from '../../lib/backoff.ts';
import { AnswerDraft } from './answer-draft.ts';
import { CallLeash } from './call-leash.ts';
import { ChatBody, type OptionalField, optionalFields } from './chat-body.ts';
import type { LeanResponse } from './lean-response.ts';
import type { Model, ModelAnswer, ModelRequest } from './model.ts';
import { ModelErrors } from './model-errors.ts';
import type { ModelSettings } from './model-settings.ts';
import { type ChatEndpoint, ModelConnections } from './openai-client.ts';
import { costOf, type Price, priceOf } from './prices.ts';
import { readAnswer } from './read-answer.ts';
import { parseModelId, type ResolvedModel, resolveModel } from './resolve-model.ts';
import { ToolNames } from './tool-names.ts';
import { usageOf } from './usage.ts';

/** A rate limit longer than this is left to the caller, who can wait without holding a run in memory. */
const longestRestMs = 30_000;

/**
 * A model by its id, `provider:name`. `openai-compatible:name` with a `baseUrl` (or AGENT_RUNTIME_MODEL_BASE_URL) is any
 * server with OpenAI's chat completions; OPENAI_BASE_URL and AGENT_RUNTIME_MODEL_BASE_URL also move `openai:…`. Nothing
 * is contacted, and no key looked for, before the first `ask`.
 * @throws RuntimeError MODEL_UNKNOWN
 */
export function connectModel(id: string, settings: ModelSettings = {}): Model {
  const { provider, name } = parseModelId(id);
  const env = settings.env ?? process.env;
  const connections = settings.connections ?? new ModelConnections({ env });
  const body = new ChatBody(name, provider.quirks);
  return {
    id,
    get price() {
      return knownPrice(resolveModel(id, settings, env), settings);
    },
    async ask(request) {
      const call = new ModelCall(resolveModel(id, settings, env), settings, connections, body, request);
      try {
        return await call.answer();
      } finally {
        call.end();
      }
    },
  };
}

/** One question to one model, with its retries. */
class ModelCall {
  readonly #model: ResolvedModel;
  readonly #settings: ModelSettings;
  readonly #connections: ModelConnections;
  readonly #body: ChatBody;
  readonly #request: ModelRequest;
  readonly #names: ToolNames;
  readonly #errors: ModelErrors;
  readonly #leash: CallLeash;

  constructor(
    model: ResolvedModel,
    settings: ModelSettings,
    connections: ModelConnections,
    body: ChatBody,
    request: ModelRequest,
  ) {
    this.#model = model;
    this.#settings = settings;
    this.#connections = connections;
    this.#body = body;
    this.#request = request;
    this.#names = new ToolNames(request.tools.map((tool) => tool.name));
    this.#errors = new ModelErrors(model);
    this.#leash = new CallLeash(request.signal, this.#errors, {
      timeoutMs: settings.timeoutMs ?? 120_000,
      idleMs: settings.idleMs ?? 30_000,
    });
  }

  end(): void {
    this.#leash.release();
  }

  async answer(): Promise<ModelAnswer> {
    try {
      const endpoint = await this.#connections.endpoint(this.#model, organization(this.#model, this.#settings));
      return await this.#read(await this.#post(endpoint));
    } catch (thrown) {
      throw this.#explain(thrown);
    }
  }

  /** Sends the request until an answer begins. */
  async #post(endpoint: ChatEndpoint): Promise<LeanResponse> {
    const { idempotencyKey, onText } = this.#request;
    const stream = this.#settings.stream ?? onText !== undefined;
    for (let retries = 0; ; ) {
      try {
        const text = this.#body.write(this.#request, this.#names, stream);
        return await endpoint.post(text, this.#leash.signal, idempotencyKey);
      } catch (thrown) {
        if (this.#learns(thrown)) continue;
        const failure = this.#explain(thrown);
        const restMs = retries < (this.#settings.maxRetries ?? 2) ? this.#restMs(failure, ++retries) : undefined;
        if (restMs === undefined) throw failure;
        await this.#leash.rest(restMs);
      }
    }
  }

  #explain(thrown: unknown): unknown {
    return this.#leash.signal.aborted ? this.#leash.signal.reason : this.#errors.explain(thrown);
  }

  /** How long to wait before the same request may succeed; undefined when it will not, or not soon enough. */
  #restMs(failure: unknown, retry: number): number | undefined {
    if (!(failure instanceof RuntimeError)) return undefined;
    if (failure.code !== 'MODEL_RATE_LIMITED' && failure.code !== 'MODEL_UNREACHABLE') return undefined;
    const told = failure.details['retryAfterMs'];
    // At least three quarters of the wait, as providers' own clients do it.
    const restMs = typeof told === 'number' ? told : backoffMs(retry, 500, 8_000) * (1 - Math.random() / 4);
    return restMs <= longestRestMs && restMs < this.#leash.msLeft ? restMs : undefined;
  }

  /** Whether the server refused an optional field that can be left out from now on. */
  #learns(thrown: unknown): boolean {
    const { status, error, message } = (thrown ?? {}) as { status?: unknown; error?: unknown; message?: unknown };
    if (status !== 400 && status !== 422) return false;
    const said = `${String(message)} ${JSON.stringify(error ?? '')}`;
    if (
      !/support|unknown|unrecognized|unexpected|not permitted|forbidden|not allowed|invalid|only the default/i.test(
        said,
      )
    )
      return false;
    const field = optionalFields.find((name) => new RegExp(`\\b${name}\\b`).test(said)) as OptionalField | undefined;
    return field !== undefined && this.#sent(field) && this.#body.refuse(field);
  }

  #sent(field: OptionalField): boolean {
    const { temperature, maxOutputTokens, jsonSchema } = this.#request;
    if (field === 'temperature') return temperature !== undefined;
    if (field === 'max_tokens' || field === 'max_completion_tokens') return maxOutputTokens !== undefined;
    return field === 'stream_options' || jsonSchema !== undefined;
  }

  async #read(response: LeanResponse): Promise<ModelAnswer> {
    const draft = new AnswerDraft(this.#model.provider.quirks.echoes, this.#request.onText);
    await readAnswer(response, draft, {
      maxBytes: this.#settings.maxAnswerBytes ?? 2_000_000,
      onPart: () => this.#leash.heard(),
      errors: this.#errors,
    });
    draft.end();
    const { id, provider } = this.#model;
    const toolCalls = draft.toolCalls((wire) => this.#names.ours(wire));
    const usage = usageOf(draft, toolCalls, this.#request);
    const price = knownPrice(this.#model, this.#settings);
    const charged = draft.usage?.['cost'];
    const costUsd = provider.name === 'openrouter' && typeof charged === 'number' ? charged : costOf(usage, price);
    return { model: id, text: draft.text, toolCalls, finish: draft.ending, usage, costUsd };
  }
}

/** What runs on a person's own machines costs nothing. */
function knownPrice({ id, loopback, provider }: ResolvedModel, { prices }: ModelSettings): Price | null {
  return priceOf(id, prices) ?? (loopback || provider.local ? { input: 0, output: 0 } : null);
}

/** OpenAI bills an organization and project other than the key's own when told to. */
function organization(
  { provider, baseUrl }: ResolvedModel,
  { env = process.env }: ModelSettings,
): Record<string, string> {
  if (provider.name !== 'openai' || !baseUrl.startsWith('https://api.openai.com/')) return {};
  const headers: Record<string, string> = {};
  if (env['OPENAI_ORG_ID']) headers['openai-organization'] = env['OPENAI_ORG_ID'];
  if (env['OPENAI_PROJECT_ID']) headers['openai-project'] = env['OPENAI_PROJECT_ID'];
  return headers;
}
