import { hash } from 'node:crypto';

/** SHA-256 of the text, in base64url (43 characters). */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** JSON with keys in order, so that equal values give equal text. Undefined members are left out, as JSON does. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((element) => canonicalJson(element ?? null)).join(',')}]`;
  if (value instanceof Map) return canonicalJson(Object.fromEntries(value));
  if (value instanceof Set) return canonicalJson([...value]);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** The same for equal values, whatever the order of their keys. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
