import type { Json } from './json.ts';

/** The names of all `secret://name` in a value, each as often as it stands there. */
export function handlesIn(value: Json): string[] {
  if (typeof value === 'string')
    return [...value.matchAll(/secret:\/\/([A-Za-z][A-Za-z0-9_-]*)/g)].map(([, name]) => name ?? '');
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(handlesIn) : [];
}
