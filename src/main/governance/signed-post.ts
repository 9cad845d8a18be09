import { createHmac } from 'node:crypto';
import { asError, RuntimeError, toWire } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';

const answerWithinMs = 10_000;

/** `t=…,v1=…`: HMAC-SHA256 over the time in seconds, a dot and the raw body, as our own webhooks take it. */
export function signatureOf(body: string, secret: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

export interface SignedPost {
  url: string;
  /** The same for every try, so that the receiver can tell. */
  id: string;
  body: JsonObject;
  /** Looked up for each try; left out: it is not signed. */
  secret?: () => string;
  /** Epoch ms. */
  now: number;
}

/** Why it was not taken; null when it was. Never throws. */
export async function postSigned({ url, id, body, secret, now }: SignedPost): Promise<string | null> {
  try {
    const text = JSON.stringify(body);
    const signed = secret ? { 'X-Agent-Runtime-Signature': signatureOf(text, secret(), Math.floor(now / 1_000)) } : {};
    const answer = await fetch(url, {
      method: 'POST',
      body: text,
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': id, ...signed },
      redirect: 'manual',
      signal: AbortSignal.timeout(answerWithinMs),
    });
    await answer.body?.cancel();
    return answer.ok ? null : `it answered ${answer.status}`;
  } catch (thrown) {
    return thrown instanceof RuntimeError ? toWire(thrown).message : asError(thrown).message;
  }
}
