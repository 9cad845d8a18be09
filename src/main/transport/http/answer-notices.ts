import type { ServerResponse } from 'node:http';
import { type NoticeStreams, parseCursor } from '../notices/notice-stream.ts';
import type { AdmittedRequest } from './exchange.ts';
import { bearerOf } from './front-door.ts';
import { meantNode } from './meant-node.ts';
import type { Served } from './served.ts';

/** Opens a stream of notices of the node that is meant, for as long as the token that asked is granted. */
export function answerNotices(
  streams: NoticeStreams,
  served: Served,
  request: AdmittedRequest,
  response: ServerResponse,
  isGranted: (token: string) => boolean,
): void {
  const after = parseCursor(request.headers['last-event-id'] as string | undefined);
  if (request.method === 'HEAD') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end();
    return;
  }
  const token = bearerOf(request) ?? '';
  const { notices } = meantNode(served, request);
  streams.serve(response, notices, after, () => isGranted(token));
}
