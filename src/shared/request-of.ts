import { type OperationName, operations } from './api.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** Names the node of the cluster that a request is meant for, by id or name, percent-encoded. */
export const nodeHeader = 'X-Agent-Runtime-Node';

export interface OperationRequest {
  method: string;
  /** With its query, below /api/v1. */
  path: string;
  body?: JsonObject;
}

/** A call as its route says: `:parts` from the input, the rest as query of GET and DELETE, else as JSON body. */
export function requestOf(name: OperationName, input: unknown): OperationRequest {
  const [method = '', route = ''] = operations[name].route.split(' ');
  const rest: JsonObject = isJsonObject(input) ? { ...input } : {};
  const path = route.replace(/:(\w+)/g, (_, part: string) => {
    const value = String(rest[part] ?? '');
    delete rest[part];
    return encodeURIComponent(value);
  });
  if (method !== 'GET' && method !== 'DELETE') return { method, path, body: rest };
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(rest)) {
    if (value !== undefined) query.set(key, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return { method, path: query.size > 0 ? `${path}?${query}` : path };
}
