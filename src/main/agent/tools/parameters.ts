import type { JsonObject } from '../../../shared/json.ts';

/** JSON Schema of an object with just these members. */
export function objectOf(properties: JsonObject, required: string[] = []): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}
