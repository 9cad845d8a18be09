import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { KeyLock, Tool, ToolCall, ToolResult } from '../tool.ts';
import { objectOf } from './parameters.ts';

export const contextLimits = { keyBytes: 256, valueBytes: 256 * 1024, totalBytes: 8 * 1024 * 1024 } as const;

/** Above this, all of the context is answered as a list of keys with sizes. */
const wholeBytes = 64 * 1024;

const bytesOf = (value: Json): number => Buffer.byteLength(JSON.stringify(value));

/**
 * Whether an agent may write this. Tools and scripts ask the same question.
 *
 * @param writableKeys none named: all.
 * @param lock that of the key, where a person locked it.
 * @throws RuntimeError CONTEXT_KEY_LOCKED, CONTEXT_KEY_NOT_WRITABLE, CONTEXT_TOO_LARGE, REQUEST_INVALID.
 */
export function checkContextWrite(key: string, value: Json, writableKeys: readonly string[], lock?: KeyLock): void {
  checkContextKey(key, writableKeys, lock);
  const bytes = bytesOf(value);
  if (bytes > contextLimits.valueBytes) {
    throw new RuntimeError(
      'CONTEXT_TOO_LARGE',
      `The value for context key "${key}" takes ${bytes} bytes as JSON; at most ${contextLimits.valueBytes} are kept per key.`,
      { key, bytes, maxBytes: contextLimits.valueBytes },
    );
  }
}

/** The part of `checkContextWrite` that also holds for deleting. */
export function checkContextKey(key: string, writableKeys: readonly string[], lock?: KeyLock): void {
  if (Buffer.byteLength(key) > contextLimits.keyBytes) {
    throw new RuntimeError(
      'CONTEXT_TOO_LARGE',
      `The context key "${key.slice(0, 40)}…" is longer than ${contextLimits.keyBytes} bytes.`,
      { maxBytes: contextLimits.keyBytes },
    );
  }
  // `__proto__` would vanish wherever context is shown as a plain object.
  if (key === '' || key === '__proto__' || /\p{Cc}/u.test(key)) {
    throw new RuntimeError(
      'REQUEST_INVALID',
      `${JSON.stringify(key)} cannot be a context key; use text without control characters.`,
    );
  }
  if (lock) {
    throw new RuntimeError(
      'CONTEXT_KEY_LOCKED',
      `The context key "${key}" was locked by ${lock.by}${lock.reason ? ` (${lock.reason})` : ''}: this agent can read it, and neither write nor delete it. Go on without writing it, or ask a person.`,
      { key, by: lock.by, ...(lock.reason ? { reason: lock.reason } : {}) },
    );
  }
  if (writableKeys.length > 0 && !writableKeys.includes(key)) {
    throw new RuntimeError(
      'CONTEXT_KEY_NOT_WRITABLE',
      `The context key "${key}" may not be written by this agent; it may write ${writableKeys.join(', ')}.`,
      { key, writableKeys: [...writableKeys] },
    );
  }
}

/** @throws RuntimeError CONTEXT_TOO_LARGE when the whole context would be, with `key` set to `value`. */
export function checkContextTotal(context: ReadonlyMap<string, Json>, key: string, value: Json): void {
  // So few values of the largest size fit anyway, and most contexts are that small: spare them the counting.
  if ((context.size + 1) * (contextLimits.valueBytes + contextLimits.keyBytes) <= contextLimits.totalBytes) return;
  let bytes = Buffer.byteLength(key) + bytesOf(value);
  for (const [other, kept] of context) if (other !== key) bytes += Buffer.byteLength(other) + bytesOf(kept);
  if (bytes <= contextLimits.totalBytes) return;
  throw new RuntimeError(
    'CONTEXT_TOO_LARGE',
    `With "${key}" the context would take ${bytes} bytes; at most ${contextLimits.totalBytes} are kept. Delete keys that are no longer needed.`,
    { key, bytes, maxBytes: contextLimits.totalBytes },
  );
}

/** `get_context`, `set_context`, `delete_context`. */
export function contextTools({
  writableKeys,
  env = {},
}: {
  writableKeys: readonly string[];
  /** Variables of the node that the agent may read. */
  env?: Readonly<Record<string, string>>;
}): Tool[] {
  const writable = writableKeys.length > 0 ? ` You may write these keys: ${writableKeys.join(', ')}.` : '';
  return [
    {
      name: 'get_context',
      description:
        'Reads what this agent keeps between its runs. With a key: that value, or the environment variable of that name. Without: everything, or a list of the keys when everything is too much.',
      parameters: objectOf({ key: { type: 'string', description: 'Leave out to read everything.' } }),
      reach: 'local',
      execute: async (args, call) => readContext(args['key'] as string | undefined, call, env),
    },
    {
      name: 'set_context',
      description: `Keeps a JSON value under a key for the following runs. An older value is replaced.${writable}`,
      parameters: objectOf(
        { key: { type: 'string', minLength: 1 }, value: { description: 'Any JSON value, up to 256 KB.' } },
        ['key', 'value'],
      ),
      reach: 'local',
      async execute(args, call) {
        const key = args['key'] as string;
        const value = args['value'] as Json;
        checkContextWrite(key, value, writableKeys, call.lockOf?.(key));
        checkContextTotal(call.context, key, value);
        return { content: { key, set: true }, effects: [{ type: 'context.set', key, value }] };
      },
    },
    {
      name: 'delete_context',
      description: `Forgets a key of the context.${writable}`,
      parameters: objectOf({ key: { type: 'string', minLength: 1 } }, ['key']),
      reach: 'local',
      async execute(args, call) {
        const key = args['key'] as string;
        checkContextKey(key, writableKeys, call.lockOf?.(key));
        if (!call.context.has(key)) return { content: { key, deleted: false } };
        return { content: { key, deleted: true }, effects: [{ type: 'context.delete', key }] };
      },
    },
  ];
}

function readContext(key: string | undefined, call: ToolCall, env: Readonly<Record<string, string>>): ToolResult {
  if (key !== undefined) {
    const variable = Object.hasOwn(env, key) ? env[key] : undefined;
    const value = call.context.has(key) ? call.context.get(key) : variable;
    if (value !== undefined) return { content: { key, exists: true, value } };
    return { content: { key, exists: false, value: null, keys: [...call.context.keys()].slice(0, 100) } };
  }
  const sizes = [...call.context].map(([name, value]) => ({ key: name, bytes: bytesOf(value) }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const variables = Object.keys(env).length > 0 ? { env: { ...env } } : {};
  if (total <= wholeBytes) return { content: { context: Object.fromEntries(call.context), ...variables } };
  return {
    content: { note: 'Too much to show at once: read the keys you need one by one.', keys: sizes.slice(0, 1_000) },
  };
}
