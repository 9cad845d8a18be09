import { type OperationName, operations } from '../../shared/api.ts';
import { isJsonObject, type Json } from '../../shared/json.ts';

export interface HttpRequest {
  method: string;
  /** With its query, below /api/v1. */
  path: string;
  body: string | null;
}

/** Writes a call as its route says: `:parts` from the input, the rest as query of GET and DELETE, else as JSON body. */
export function httpRequest(name: OperationName, input: unknown): HttpRequest {
  const [method = 'GET', template = '/'] = operations[name].route.split(' ');
  const rest = new Map(Object.entries(isJsonObject(input) ? input : {}).filter(([, value]) => value !== undefined));
  const path = template.replace(/:([a-zA-Z]+)/g, (_, part: string) => {
    const value = rest.get(part);
    rest.delete(part);
    return encodeURIComponent(String(value));
  });
  if (method === 'GET' || method === 'DELETE') return { method, path: path + queryOf(rest), body: null };
  return { method, path, body: JSON.stringify(Object.fromEntries(rest)) };
}

function queryOf(rest: Map<string, Json>): string {
  const query = new URLSearchParams();
  for (const [key, value] of rest) query.set(key, typeof value === 'string' ? value : JSON.stringify(value));
  return query.size > 0 ? `?${query}` : '';
}
