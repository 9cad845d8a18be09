import type { IncomingMessage, ServerResponse } from 'node:http';
import { RuntimeError } from '../../../shared/errors.ts';

const none = Buffer.alloc(0);

export function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/**
 * Reads the whole body, and never keeps more than `maxBytes` of it.
 * @throws RuntimeError `BODY_TOO_LARGE` as soon as that is known; `REQUEST_MALFORMED` when the sender goes away.
 */
export function readBody(request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<Buffer> {
  if (!hasBody(request)) return Promise.resolve(none);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  if (request.headers.expect) response.writeContinue();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = (error: RuntimeError) => {
      request.removeAllListeners('data');
      chunks.length = 0;
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) stop(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes)));
    request.once('close', () => {
      if (!request.complete) stop(new RuntimeError('REQUEST_MALFORMED', 'The request ended in the middle.'));
    });
  });
}

function tooLarge(maxBytes: number): RuntimeError {
  return new RuntimeError('BODY_TOO_LARGE', `The body may have at most ${maxBytes} bytes.`, { maxBytes });
}
