import type { WebhookTrigger as WebhookSettings } from '../../../shared/config/trigger-config.ts';
import { toMs } from '../../../shared/duration.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject } from '../../../shared/json.ts';
import { plainAddress } from '../../lib/plain-address.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';
import { isLoopback, sourceList } from '../source-list.ts';
import type { TriggerHost, WakeAnswer, WebhookReceiver, WebhookReply, WebhookRequest } from '../trigger.ts';
import { readWebhookBody } from './webhook-body.ts';
import { deliveryKey, harmlessHeaders } from './webhook-delivery.ts';
import {
  checkSecret,
  isReference,
  isSignedWeakly,
  type Proof,
  prove,
  type SignatureScheme,
  schemeOf,
} from './webhook-signature.ts';

/** A burst may be so many seconds' worth. */
const burstSeconds = 4;
/** So many signatures are remembered against replay: two tolerances of five minutes at the highest rate. */
const maxRemembered = 30_000;

/** Turns a reference to a secret into the secret. */
export type Reveal = (reference: string) => string | Promise<string>;

const cannotReveal: Reveal = (reference) => {
  throw new RuntimeError('SECRET_NOT_FOUND', `Nothing here can look up ${reference}.`, { reference });
};

/**
 * Wakes with requests over HTTP.
 *
 * W1. Who may call is settled before anything is parsed, on the bytes as they came: the address, then the signature.
 * W2. Nothing is answered with 202 that is not stored; nothing is stored that was not answered so.
 * W3. A wrong signature is answered in the same words whatever was wrong with it; the log says more. Only a kind of
 *     signature that is never taken is named.
 * W4. Without a signature only this computer may call, and not on behalf of another.
 */
export class WebhookTrigger implements WebhookReceiver {
  readonly type = 'webhook';
  readonly id: string;
  readonly path: string;
  readonly #settings: WebhookSettings;
  readonly #host: TriggerHost;
  readonly #scheme: SignatureScheme;
  readonly #secrets: readonly string[];
  readonly #reveal: Reveal;
  readonly #allowed: (address: string) => boolean;
  readonly #bucket: TokenBucket;
  /** Signature → key of the event it brought, oldest first. */
  readonly #seen = new Map<string, { key: string; until: number }>();

  /** @throws RuntimeError `SECRET_TOO_WEAK`, `REQUEST_INVALID` */
  constructor(settings: WebhookSettings & { id: string }, host: TriggerHost, reveal: Reveal = cannotReveal) {
    this.id = settings.id;
    this.path = settings.webhookPath;
    this.#settings = settings;
    this.#host = host;
    this.#reveal = reveal;
    this.#scheme = schemeOf(settings);
    this.#secrets = [settings.hmacSecret ?? []].flat();
    this.#allowed = sourceList(settings.allowedSources);
    this.#bucket = new TokenBucket(host.clock, settings.maxPerSecond, settings.maxPerSecond * burstSeconds);
    checkSecrets(this.#scheme, this.#secrets);
  }

  nextFiring(): null {
    return null;
  }

  summary(): string {
    const path = this.path.replace(/^\/+/, '');
    const signed = { none: 'from this computer only', bearer: 'with a bearer token', generic: 'signed' };
    const how = signed[this.#scheme as keyof typeof signed] ?? `signed by ${this.#scheme}`;
    return `POST /hooks/${this.#host.process}/${path}, ${how}`;
  }

  /** Requests come in as long as the process hands them on: there is nothing to listen to. */
  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async receive(request: WebhookRequest): Promise<WebhookReply> {
    const proof = await this.#admit(request);
    const waitMs = this.#bucket.take();
    if (waitMs > 0) {
      const { maxPerSecond } = this.#settings;
      throw new RuntimeError(
        'RATE_LIMITED',
        `This webhook takes ${maxPerSecond} requests a second; nothing was stored.`,
        { maxPerSecond, retryAfterMs: waitMs, retryAfterSeconds: Math.ceil(waitMs / 1_000) },
      );
    }
    const payload = readWebhookBody(request);
    if (this.#scheme === 'slack' && isJsonObject(payload) && payload['type'] === 'url_verification') {
      return { status: 200, body: { challenge: payload['challenge'] ?? null } };
    }
    const key = this.#withoutReplay(deliveryKey(this.#scheme, this.#settings, request, payload, proof), proof);
    const { method, path, query, headers, remoteAddress } = request;
    return reply(
      await this.#host.wake({
        trigger: this.id,
        kind: 'webhook',
        dedupeKey: `webhook:${this.id}:${key}`,
        payload,
        metadata: {
          method,
          path,
          query,
          headers: harmlessHeaders(headers, this.#settings.signatureHeader),
          remote: plainAddress(remoteAddress),
          signature_scheme: this.#scheme,
          signature_verified: this.#scheme !== 'none',
        },
        taint: [`webhook:${this.#scheme}`],
      }),
    );
  }

  /** @throws RuntimeError `METHOD_NOT_ALLOWED`, `SOURCE_NOT_ALLOWED`, `SIGNATURE_SCHEME`, `SIGNATURE_INVALID` */
  async #admit(request: WebhookRequest): Promise<Proof> {
    const remote = plainAddress(request.remoteAddress);
    if (!this.#allowed(remote)) {
      throw new RuntimeError('SOURCE_NOT_ALLOWED', `${remote} is not among the allowed sources of this webhook.`, {
        remote,
      });
    }
    if (this.#scheme === 'none') refuseStrangers(request);
    if (request.method !== 'POST') {
      throw new RuntimeError('METHOD_NOT_ALLOWED', 'Webhooks take POST only.', { allow: ['POST'] });
    }
    const secrets = await Promise.all(this.#secrets.map((secret) => this.#revealed(secret)));
    const at = request.receivedAt ?? this.#host.clock.now();
    const proof = prove(this.#settings, this.#scheme, request, secrets, at);
    if (proof) return proof;
    this.#host.log('A request to a webhook was not signed as it should be.', {
      trigger: this.id,
      remote,
      scheme: this.#scheme,
    });
    // Says nothing of any secret, only of what the sender is set up to send.
    if (isSignedWeakly(this.#settings, request)) {
      throw new RuntimeError('SIGNATURE_SCHEME', 'The request is signed with SHA-1 only; sign it with HMAC-SHA256.');
    }
    throw new RuntimeError(
      'SIGNATURE_INVALID',
      'The request does not prove that it comes from the sender of this webhook.',
    );
  }

  /** Looked up for each request, so that a secret that was replaced is replaced at once. */
  async #revealed(secret: string): Promise<string> {
    if (!isReference(secret)) return secret;
    const revealed = await this.#reveal(secret.trim());
    checkSecret(revealed);
    return revealed;
  }

  /**
   * A signed request that comes again under another id, within the time its signature is good for, is a replay: the id
   * is in a header that nobody signed.
   */
  #withoutReplay(key: string, { signature, timestamp }: Proof): string {
    if (signature === undefined || timestamp === undefined) return key;
    const now = this.#host.clock.elapsed();
    for (const [old, { until }] of this.#seen) {
      if (until > now && this.#seen.size <= maxRemembered) break;
      this.#seen.delete(old);
    }
    const seen = this.#seen.get(signature);
    if (seen) return seen.key;
    this.#seen.set(signature, { key, until: now + 2 * toMs(this.#settings.signatureTolerance) });
    return key;
  }
}

/**
 * The checks that can be made when the trigger is saved.
 * @throws RuntimeError `SECRET_TOO_WEAK`, `REQUEST_INVALID`
 */
export function checkSecrets(scheme: SignatureScheme, secrets: readonly string[]): void {
  if (scheme === 'none' && secrets.length > 0) {
    throw new RuntimeError(
      'REQUEST_INVALID',
      'A webhook with signature_scheme none has no hmac_secret: leave one of them out.',
    );
  }
  if (scheme !== 'none' && secrets.length === 0) {
    throw new RuntimeError(
      'SECRET_TOO_WEAK',
      `A webhook with signature_scheme ${scheme} needs a secret: set hmac_secret.`,
    );
  }
  for (const secret of secrets) checkSecret(secret);
}

/** A tunnel or proxy on this computer calls from here on behalf of anybody, and so does a page in its browser. */
function refuseStrangers({ remoteAddress, headers }: WebhookRequest): void {
  const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'cf-connecting-ip', 'via'].find(
    (name) => headers[name],
  );
  const fromPage =
    headers['origin'] !== undefined || ['cross-site', 'same-site'].includes(headers['sec-fetch-site'] ?? '');
  if (isLoopback(remoteAddress) && !forwarded && !fromPage) return;
  throw new RuntimeError(
    'SOURCE_NOT_ALLOWED',
    'This webhook has no signature, so only programs on this computer may call it; set signature_scheme and hmac_secret.',
    { remote: plainAddress(remoteAddress) },
  );
}

function reply({ eventId, duplicate, parked, filtered }: WakeAnswer): WebhookReply {
  if (filtered) return { status: 200, body: { status: 'ignored' } };
  if (parked === undefined) return { status: 202, body: { eventId, duplicate, status: 'accepted' } };
  return { status: 202, body: { eventId, duplicate, status: 'parked', reason: parked } };
}
