/** Where a provider departs from OpenAI's chat completions. */
export interface Quirks {
  auth: 'bearer' | 'api-key';
  maxTokens: 'max_tokens' | 'max_completion_tokens';
  /** Knows `stream_options.include_usage`. Those that do not send usage unasked. */
  streamOptions: boolean;
  /** The most it understands of `response_format`; the rest is said in words in the system message. */
  responseFormat: 'json_schema' | 'json_object' | 'none';
  /** Mistral takes only ids of nine letters or digits. */
  toolCallIds: 'any' | 'nine';
  /** Chat templates of many open models cannot render several calls in one message. */
  oneCallPerMessage: boolean;
  /** Chat templates often want exactly one system message, the first. */
  oneSystemMessage: boolean;
  /** Parses the arguments of past calls and fails when they are no JSON object. */
  parsesPastArguments: boolean;
  /** Understands only the OpenAPI subset of JSON Schema in tool parameters. */
  plainSchemas: boolean;
  /** Message fields that must come back with the tool calls they came with, or the next request is refused. */
  echoes: readonly string[];
  /** Refuses past calls without a signature; this stands in for one on calls that another model made. */
  unsignedCall: string | null;
}

export interface Provider {
  name: string;
  /** null: given by settings or `addressVariable`. */
  baseUrl: string | null;
  /** Environment variables that may hold the key, best first. */
  keys: readonly string[];
  /** Runs on a person's own machines: a key is optional, the price is nothing. */
  local: boolean;
  /** Environment variable with the address of the server, and the path of its API. */
  addressVariable?: { name: string; path: string };
  quirks: Quirks;
}

const likeOpenAi: Quirks = {
  auth: 'bearer',
  maxTokens: 'max_tokens',
  streamOptions: true,
  responseFormat: 'json_schema',
  toolCallIds: 'any',
  oneCallPerMessage: false,
  oneSystemMessage: false,
  parsesPastArguments: true,
  plainSchemas: false,
  echoes: [],
  unsignedCall: null,
};

function provider(name: string, baseUrl: string | null, keys: string[], quirks: Partial<Quirks> = {}): Provider {
  return { name, baseUrl, keys, local: false, quirks: { ...likeOpenAi, ...quirks } };
}

function local(name: string, port: number, keys: string[], quirks: Partial<Quirks> = {}): Provider {
  const templates: Partial<Quirks> = { oneCallPerMessage: true, oneSystemMessage: true };
  return { ...provider(name, `http://127.0.0.1:${port}/v1`, keys, { ...templates, ...quirks }), local: true };
}

const list: Provider[] = [
  provider('openai', 'https://api.openai.com/v1', ['OPENAI_API_KEY'], {
    maxTokens: 'max_completion_tokens',
    parsesPastArguments: false,
  }),
  {
    ...local('ollama', 11434, ['OLLAMA_API_KEY'], { oneCallPerMessage: false }),
    addressVariable: { name: 'OLLAMA_HOST', path: '/v1' },
  },
  local('lmstudio', 1234, ['LMSTUDIO_API_KEY']),
  local('llamacpp', 8080, ['LLAMA_API_KEY']),
  local('vllm', 8000, ['VLLM_API_KEY']),
  provider('openrouter', 'https://openrouter.ai/api/v1', ['OPENROUTER_API_KEY'], { echoes: ['reasoning_details'] }),
  provider('groq', 'https://api.groq.com/openai/v1', ['GROQ_API_KEY'], { maxTokens: 'max_completion_tokens' }),
  // Refuses every field it does not know with 422, stream_options among them.
  provider('mistral', 'https://api.mistral.ai/v1', ['MISTRAL_API_KEY'], {
    streamOptions: false,
    toolCallIds: 'nine',
    oneSystemMessage: true,
  }),
  provider('deepseek', 'https://api.deepseek.com/v1', ['DEEPSEEK_API_KEY'], {
    responseFormat: 'json_object',
    echoes: ['reasoning_content'],
  }),
  provider(
    'gemini',
    'https://generativelanguage.googleapis.com/v1beta/openai',
    ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    // The value is the one Google's page on thought signatures gives for calls that Gemini did not make.
    { plainSchemas: true, unsignedCall: 'skip_thought_signature_validator' },
  ),
  provider('anthropic', 'https://api.anthropic.com/v1', ['ANTHROPIC_API_KEY'], { responseFormat: 'none' }),
  provider('xai', 'https://api.x.ai/v1', ['XAI_API_KEY'], { maxTokens: 'max_completion_tokens' }),
  {
    ...provider('azure', null, ['AZURE_OPENAI_API_KEY'], {
      auth: 'api-key',
      maxTokens: 'max_completion_tokens',
      parsesPastArguments: false,
    }),
    addressVariable: { name: 'AZURE_OPENAI_ENDPOINT', path: '/openai/v1' },
  },
  provider('openai-compatible', null, []),
];

/**
 * Who can be asked: all over their OpenAI-compatible chat completions. `openai-compatible` is any other server, by its
 * base URL. Azure is the v1 API: the model name is the name of the deployment.
 */
export const providers: ReadonlyMap<string, Provider> = new Map(list.map((entry) => [entry.name, entry]));
