import type { IncomingMessage, ServerResponse } from 'node:http';
import { RuntimeError } from '../../../shared/errors.ts';
import { plainAddress } from '../../lib/plain-address.ts';
import { readQuery, sendJson } from './exchange.ts';
import type { Target } from './front-door.ts';
import { readBody } from './request-body.ts';
import type { Served, WebhookRequest } from './served.ts';

const maxBodyBytes = 5 * 1024 * 1024;
export const hooksPrefix = '/hooks/';

/**
 * Hands a request to the webhook trigger that its path names, byte for byte: who may call it is the trigger's affair.
 * @throws RuntimeError `HOOK_NOT_FOUND`, `METHOD_NOT_ALLOWED`, `BODY_TOO_LARGE`, or what the trigger throws.
 */
export async function answerWebhook(
  webhook: Served['webhook'],
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
  onWorking: () => void,
): Promise<void> {
  const [name = '', ...rest] = target.path.slice(hooksPrefix.length).split('/').map(decodeURIComponent);
  if (name === '') throw new RuntimeError('HOOK_NOT_FOUND', 'Webhooks are called as /hooks/<process>/<path>.');
  if (request.method !== 'POST') {
    throw new RuntimeError('METHOD_NOT_ALLOWED', 'Webhooks take POST only.', { allow: ['POST'] });
  }
  const query = readQuery(target.query);
  const body = await readBody(request, response, maxBodyBytes);
  onWorking();
  const reply = await webhook(name, rest.join('/'), webhookRequest(request, target, query, body));
  sendJson(response, reply.status, reply.body, reply.headers);
}

function webhookRequest(
  request: IncomingMessage,
  target: Target,
  query: Record<string, string>,
  body: Buffer,
): WebhookRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = [value].flat().join(', ');
  const remoteAddress = plainAddress(request.socket.remoteAddress ?? '');
  return { method: 'POST', path: target.path, query, headers, body, remoteAddress };
}
