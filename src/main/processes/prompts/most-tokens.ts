import type { ModelRequest } from '../../agent/models/model.ts';

/** What a prompt may be counted as, at most: a token is rarely less than three bytes, and each message has an envelope. */
export function mostTokens({ messages, tools }: Pick<ModelRequest, 'messages' | 'tools'>): number {
  const bytes =
    Buffer.byteLength(JSON.stringify(messages)) + (tools.length > 0 ? Buffer.byteLength(JSON.stringify(tools)) : 0);
  return Math.ceil(bytes / 3) + 4 * (messages.length + tools.length);
}
