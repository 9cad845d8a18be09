import { isJsonObject, type Json } from '../../shared/json.ts';
import type { KnownValue } from './redaction.ts';

/** Forms of credentials that say by themselves what they are. */
const tellingForms = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gs,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\b(?:gh[pousr]_|github_pat_)\w{20,}/g,
  /\bxox[abeprs]-[\w-]{10,}/g,
  /\b[sr]k[-_][\w-]{16,}/g,
  /\bwhsec_[\w+/=-]{16,}/g,
  /\bAIza[\w-]{30,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /(?<=\b(?:bearer|basic)\s+)[\w.+/=~-]{8,}/gi,
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"\\]+@/gi,
  /(?<="[\w-]*(?:api_?key|token|secret|password|passphrase|authorization)"\s*:\s*")(?!secret:\/\/)[^"]{4,}/gi,
  /(?<=\b[\w-]*(?:api_?key|token|secret|password|passphrase)=)[^\s&"\\]{4,}/gi,
];
const tellingName = /(?:api_?key|token|secret|password|passphrase|authorization)$/i;
const secretName = /KEY|TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|AUTH/i;
const removed = '[removed]';

/** Takes out of a text what looks like a credential. */
export function withoutTelling(text: string): string {
  return tellingForms.reduce((clean, form) => clean.replace(form, removed), text);
}

/** The same for every text of a value, and for what stands under a name that says what it is. */
export function valueWithoutTelling(value: Json): Json {
  if (typeof value === 'string') return withoutTelling(value);
  if (Array.isArray(value)) return value.map(valueWithoutTelling);
  if (!isJsonObject(value)) return value;
  const clean = Object.entries(value).map(([key, inner]) => {
    const tells = typeof inner === 'string' && inner.length >= 4 && tellingName.test(key);
    return [key, tells && !inner.startsWith('secret://') ? removed : valueWithoutTelling(inner)];
  });
  return Object.fromEntries(clean) as Json;
}

/** Values of variables whose names say that they are secret. */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): KnownValue[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value && value.length >= 8 && secretName.test(name) ? [{ name, value }] : [],
  );
}
