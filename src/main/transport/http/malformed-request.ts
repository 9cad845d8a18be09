import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import { problemReply } from './problem.ts';

const lingerMs = 500;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What is not HTTP gets an answer all the same, and then the connection is closed. Returns the code of the answer. */
export function answerMalformed(parserCode: string | undefined, socket: Socket): string {
  const error = toWire(refusalOf(parserCode));
  const { status, headers, body } = problemReply(error);
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': Buffer.byteLength(body) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
  return error.code;
}

/** Codes of Node's HTTP parser (llhttp) and server. */
function refusalOf(parserCode: string | undefined): RuntimeError {
  switch (parserCode) {
    case 'HPE_HEADER_OVERFLOW':
      return new RuntimeError('HEADERS_TOO_LARGE', 'The address and the headers together may have 16 KB.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RuntimeError(
        'REQUEST_TIMED_OUT',
        'The request did not arrive in time: 10 s for headers, 30 s for all of it.',
      );
    case 'HPE_INVALID_METHOD':
      return new RuntimeError('METHOD_NOT_ALLOWED', 'There is no such method.', { allow: methods });
    default:
      return new RuntimeError(
        'REQUEST_MALFORMED',
        `This is not one well-formed HTTP request (${parserCode ?? 'unreadable'}).`,
      );
  }
}
