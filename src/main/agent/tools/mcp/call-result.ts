import { isJsonObject, type Json, type JsonObject } from '../../../../shared/json.ts';
import type { ToolResult } from '../../tool.ts';

/** What a server answers to a call, read leniently: once it has been done, no oddity of the answer may lose it. */
export interface CallAnswer {
  content?: unknown;
  structuredContent?: unknown;
  isError?: unknown;
}

/** Structured content as it is, else the texts; other parts are told, not carried. */
export function readCallAnswer(answer: CallAnswer, server: string): ToolResult {
  const parts = Array.isArray(answer.content) ? (answer.content as Json[]).filter(isJsonObject) : [];
  const content = isJsonObject(answer.structuredContent) ? answer.structuredContent : contentOf(parts);
  return { content, taint: [`mcp:${server}`], ...(answer.isError === true ? { isError: true } : {}) };
}

function contentOf(parts: JsonObject[]): Json {
  if (parts.every((part) => part['type'] === 'text')) return parts.map((part) => String(part['text'] ?? '')).join('\n');
  return parts.map(partOf);
}

function partOf(part: JsonObject): JsonObject {
  const { type = 'unknown', data, resource, _meta, ...rest } = part;
  if (type === 'text') return { type, text: String(part['text'] ?? '') };
  if (isJsonObject(resource)) {
    const { blob, ...told } = resource;
    return { type, resource: typeof blob === 'string' ? { ...told, bytes: bytesIn(blob) } : told };
  }
  return typeof data === 'string' ? { type, ...rest, bytes: bytesIn(data) } : { type, ...rest };
}

const bytesIn = (base64: string): number => Math.floor((base64.replace(/=+$/, '').length * 3) / 4);
