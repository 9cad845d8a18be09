import type { ModelRequest, ToolSchema } from '../../src/main/agent/models/model.ts';

/** A request with one message of the user. */
export function question(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { messages: [{ role: 'user', content: text }], tools: [], signal: new AbortController().signal, ...more };
}

/** A tool that takes any object. */
export function tool(name: string): ToolSchema {
  return { name, description: `The tool ${name}.`, parameters: { type: 'object', properties: {} } };
}
