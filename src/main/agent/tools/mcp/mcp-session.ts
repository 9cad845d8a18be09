/**
 * A session of a server over HTTP, as a client takes it up again without a handshake: its id, and the version of the
 * protocol that was agreed on. Servers may bind to it the tasks that they do.
 */
export interface McpSession {
  readonly id: string;
  readonly protocol: string;
}

/** As one text, to be kept with a task; neither part holds a space. */
export function sessionText({ id, protocol }: McpSession): string {
  return `${protocol} ${id}`;
}

/** Undefined for what is none. */
export function sessionFrom(text: string): McpSession | undefined {
  const [protocol, id, more] = text.split(' ');
  return protocol && id && more === undefined ? { id, protocol } : undefined;
}
