/**
 * Values as text, for the way between the main process and a page: what the structured clone algorithm carries and
 * JSON lacks is tagged with `$t`. Cycles are refused. Both functions are also put into pages as source text, so they
 * may use nothing from outside themselves.
 *
 * @throws Error for a function or symbol, in Electron's words.
 */
export function encode(value: unknown): string {
  const bytesToText = (bytes: Uint8Array): string => {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  return JSON.stringify(value, function (this: Record<string, unknown>, key, asJson: unknown) {
    const raw = this[key];
    if (raw === undefined) return { $t: 'undefined' };
    if (typeof raw === 'bigint') return { $t: 'bigint', v: String(raw) };
    if (typeof raw === 'number' && !Number.isFinite(raw)) return { $t: 'number', v: String(raw) };
    if (typeof raw === 'function' || typeof raw === 'symbol') throw new Error('An object could not be cloned.');
    if (typeof raw !== 'object' || raw === null) return asJson;
    if (raw instanceof Date) return { $t: 'date', v: raw.getTime() };
    if (raw instanceof Map) return { $t: 'map', v: [...raw] };
    if (raw instanceof Set) return { $t: 'set', v: [...raw] };
    if (raw instanceof Error) return { $t: 'error', v: [raw.name, raw.message, raw.stack ?? ''] };
    if (raw instanceof ArrayBuffer) return { $t: 'bytes', v: bytesToText(new Uint8Array(raw)) };
    if (ArrayBuffer.isView(raw)) {
      return { $t: 'bytes', v: bytesToText(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)) };
    }
    if (Object.hasOwn(raw, '$t')) return { $t: 'object', v: Object.entries(raw) };
    return asJson;
  });
}

/** Bytes of any kind come back as a Uint8Array. */
export function decode(text: string): unknown {
  const restore = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const tagged = value as { $t?: string; v?: unknown };
    switch (tagged.$t) {
      case 'undefined':
        return undefined;
      case 'bigint':
        return BigInt(tagged.v as string);
      case 'number':
        return Number(tagged.v);
      case 'date':
        return new Date(tagged.v as number);
      case 'map':
        return new Map(restore(tagged.v) as [unknown, unknown][]);
      case 'set':
        return new Set(restore(tagged.v) as unknown[]);
      case 'object':
        return Object.fromEntries(restore(tagged.v) as [string, unknown][]);
      case 'bytes':
        return Uint8Array.from(atob(tagged.v as string), (character) => character.charCodeAt(0));
      case 'error': {
        const [name, message, stack] = tagged.v as [string, string, string];
        return Object.assign(new Error(message), { name, stack });
      }
    }
    const container = value as Record<string, unknown>;
    for (const key of Object.keys(container)) container[key] = restore(container[key]);
    return container;
  };
  return restore(JSON.parse(text));
}
