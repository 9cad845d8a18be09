import { createHash, randomUUID } from 'node:crypto';
import type { WebhookTrigger } from '../../../shared/config/trigger-config.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import type { WebhookRequest } from '../trigger.ts';
import { type Proof, type SignatureScheme, signatureHeaders } from './webhook-signature.ts';

/** Headers by which senders name one delivery, most telling first. */
const idHeaders = ['x-github-delivery', 'idempotency-key', 'webhook-id'];

/** Ids that some senders put into the signed body: no replay can change them. */
const bodyIds: Partial<Record<SignatureScheme, (payload: Json) => Json | undefined>> = {
  stripe: (payload) => (isJsonObject(payload) ? payload['id'] : undefined),
  slack: (payload) => (isJsonObject(payload) ? payload['event_id'] : undefined),
  pagerduty: (payload) =>
    isJsonObject(payload) && isJsonObject(payload['event']) ? payload['event']['id'] : undefined,
};

/**
 * What makes two requests one event, without the trigger's name: the sender's id of the delivery; without one, what was
 * signed. An unsigned request without an id is an event of its own, as two equal pings are two pings.
 */
export function deliveryKey(
  scheme: SignatureScheme,
  settings: Pick<WebhookTrigger, 'dedupeHeader' | 'webhookPath'>,
  request: Pick<WebhookRequest, 'headers' | 'body' | 'onceId'>,
  payload: Json,
  proof: Proof,
): string {
  const named = settings.dedupeHeader?.toLowerCase();
  if (named && request.headers[named]) return `${named}:${short(request.headers[named])}`;
  const inBody = bodyIds[scheme]?.(payload);
  if (typeof inBody === 'string' && inBody !== '') return `${scheme}:${short(inBody)}`;
  for (const header of idHeaders) {
    const id = request.headers[header];
    if (id) return `${header}:${short(id)}`;
  }
  if (!proof.bodySigned) return `once:${request.onceId ?? randomUUID()}`;
  const signed = createHash('sha256')
    .update(`${settings.webhookPath}\n${proof.timestamp ?? ''}\n`)
    .update(request.body);
  return `signed:${signed.digest('base64url')}`;
}

/** An id is at most as long as a key should be. */
function short(id: string): string {
  return id.length <= 128 ? id : createHash('sha256').update(id).digest('base64url');
}

const secretHeader = /authorization|cookie|token|secret|password|api-?key|signature/;

/** The headers that an agent may see: none that prove who somebody is. */
export function harmlessHeaders(
  headers: Readonly<Record<string, string>>,
  signatureHeader: string | undefined,
): Record<string, string> {
  const hidden = new Set([...signatureHeaders, signatureHeader?.toLowerCase()]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hidden.has(name) && !secretHeader.test(name)));
}
