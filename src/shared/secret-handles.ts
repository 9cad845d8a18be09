import type { Json } from './json.ts';

/** `secret://name`, which stands for the value of a secret of the process; the name is the first group. */
export const secretHandle = /secret:\/\/([A-Za-z][A-Za-z0-9_-]{0,63})/g;

/** The names of all `secret://name` in a value, each as often as it stands there. */
export function handlesIn(value: Json): string[] {
  return [...JSON.stringify(value).matchAll(secretHandle)].map(([, name]) => name as string);
}
