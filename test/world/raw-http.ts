import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** The answers one after the other, as they came over the line. */
  text: string;
  closed: boolean;
}

/**
 * Sends bytes as they are, for what no HTTP client would send. Resolves when the other side closes, when one whole
 * answer is there, or after `withinMs`.
 */
export function sendRaw(
  port: number,
  text: string | Buffer | readonly (string | Buffer)[],
  { host = '127.0.0.1', withinMs = 3_000, untilClosed = false } = {},
): Promise<RawAnswer> {
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  let received = '';
  const socket = connect(port, host);
  const finish = (closed: boolean) => {
    clearTimeout(timer);
    socket.destroy();
    resolve(readAnswer(received, closed));
  };
  const timer = setTimeout(() => finish(false), withinMs);
  socket.setEncoding('latin1');
  socket.on('connect', () => {
    for (const part of [text].flat()) socket.write(part);
  });
  socket.on('data', (chunk) => {
    received += chunk;
    if (!untilClosed && isWhole(received)) finish(false);
  });
  socket.on('error', () => finish(true));
  socket.on('close', () => finish(true));
  return promise;
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2))?.[1];
  return end >= 0 && length !== undefined && text.length >= end + 4 + Number(length);
}

function readAnswer(text: string, closed: boolean): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((header) => {
      const colon = header.indexOf(':');
      return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(line.split(' ')[1] ?? 0), headers, body: text.slice(end + 4), text, closed };
}
