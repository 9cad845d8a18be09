import type { Json } from '../../shared/json.ts';

/** What is left of `room` characters after the value; stops counting once it is less than none. */
export function charsLeft(value: Json, room: number): number {
  if (typeof value === 'string') return room - value.length;
  if (typeof value !== 'object' || value === null) return room - 4;
  let left = room;
  for (const key in value) {
    left = charsLeft((value as Record<string, Json>)[key] as Json, left - key.length - 4);
    if (left < 0) return left;
  }
  return left;
}
