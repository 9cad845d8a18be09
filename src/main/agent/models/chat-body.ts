import type { JsonObject } from '../../../shared/json.ts';
import { chatMessages } from './chat-messages.ts';
import type { ModelRequest, ToolSchema } from './model.ts';
import { plainSchema } from './plain-schema.ts';
import type { Quirks } from './providers.ts';
import type { ToolNames } from './tool-names.ts';

/** Fields that can be left out or said otherwise when a server does not know them. */
export const optionalFields = [
  'temperature',
  'max_completion_tokens',
  'max_tokens',
  'stream_options',
  'response_format',
] as const;
export type OptionalField = (typeof optionalFields)[number];

/** Writes chat requests for one model. Learns which optional fields its server refuses. */
export class ChatBody {
  readonly #model: string;
  readonly #quirks: Quirks;
  readonly #refused = new Set<OptionalField>();
  /** Everything of a tool after its name, as JSON text. */
  readonly #toolTexts = new WeakMap<ToolSchema, string>();

  constructor(model: string, quirks: Quirks) {
    this.#model = model;
    this.#quirks = quirks;
  }

  /** Leaves the field out from now on; false when that was so already. */
  refuse(field: OptionalField): boolean {
    if (this.#refused.has(field)) return false;
    this.#refused.add(field);
    return true;
  }

  /** JSON text of the request. */
  write(request: ModelRequest, names: ToolNames, stream: boolean): string {
    const body: JsonObject = {
      model: this.#model,
      messages: chatMessages(this.#messages(request), names, this.#quirks),
    };
    if (stream) body['stream'] = true;
    if (stream && this.#quirks.streamOptions && this.#takes('stream_options'))
      body['stream_options'] = { include_usage: true };
    if (request.temperature !== undefined && this.#takes('temperature')) body['temperature'] = request.temperature;
    if (request.maxOutputTokens !== undefined) this.#limitOutput(body, request.maxOutputTokens);
    const format = this.#responseFormat(request);
    if (format) body['response_format'] = format;
    const text = JSON.stringify(body);
    if (request.tools.length === 0) return text;
    return `${text.slice(0, -1)},"tools":[${request.tools.map((tool) => this.#toolText(tool, names)).join()}]}`;
  }

  #takes(field: OptionalField): boolean {
    return !this.#refused.has(field);
  }

  /** The two names of the limit stand in for each other. */
  #limitOutput(body: JsonObject, tokens: number): void {
    const other = this.#quirks.maxTokens === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
    const field = [this.#quirks.maxTokens, other].find((name) => this.#takes(name as OptionalField));
    if (field) body[field] = tokens;
  }

  #responseFormat({ jsonSchema }: ModelRequest): JsonObject | undefined {
    if (!jsonSchema || !this.#takes('response_format') || this.#quirks.responseFormat === 'none') return undefined;
    if (this.#quirks.responseFormat === 'json_object') return { type: 'json_object' };
    return { type: 'json_schema', json_schema: { name: jsonSchema.name, schema: jsonSchema.schema } };
  }

  /** Where the server cannot be given the schema, the model is told it in the system message. */
  #messages({ messages, jsonSchema }: ModelRequest): ModelRequest['messages'] {
    if (!jsonSchema || (this.#quirks.responseFormat === 'json_schema' && this.#takes('response_format')))
      return messages;
    const rule = `Answer with nothing but one JSON value that fits this JSON Schema:\n${JSON.stringify(jsonSchema.schema)}`;
    const [first, ...rest] = messages;
    if (first?.role !== 'system') return [{ role: 'system', content: rule }, ...messages];
    return [{ role: 'system', content: `${first.content}\n\n${rule}` }, ...rest];
  }

  #toolText(tool: ToolSchema, names: ToolNames): string {
    let rest = this.#toolTexts.get(tool);
    if (rest === undefined) {
      const parameters = this.#quirks.plainSchemas ? plainSchema(tool.parameters) : tool.parameters;
      rest = JSON.stringify({ description: tool.description, parameters }).slice(1);
      this.#toolTexts.set(tool, rest);
    }
    return `{"type":"function","function":{"name":"${names.wire(tool.name)}",${rest}}`;
  }
}
