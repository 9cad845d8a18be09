import type { Json } from '../../shared/json.ts';

/** JSON that a person types: its value, or what is wrong with it. */
export function parseJson(text: string): { ok: true; value: Json } | { ok: false; problem: string } {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (thrown) {
    return { ok: false, problem: `This is not JSON: ${(thrown as Error).message}` };
  }
}
