import type { IncomingMessage } from 'node:http';
import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { nodeHeader } from '../../../shared/request-of.ts';
import type { NoticeSource, Served } from './served.ts';

/** The runtime a request is meant for: this one, or that of the node its header names. @throws RuntimeError `PEER_UNKNOWN` */
export function meantNode(served: Served, request: IncomingMessage): { api: RuntimeApi; notices: NoticeSource } {
  const header = request.headers[nodeHeader.toLowerCase()];
  if (header === undefined || header === '') return served;
  let node: string;
  try {
    node = decodeURIComponent(String(header));
  } catch (cause) {
    throw new RuntimeError('TEXT_INVALID', `${nodeHeader} is not percent-encoded UTF-8.`, {}, { cause });
  }
  return served.at(node);
}
