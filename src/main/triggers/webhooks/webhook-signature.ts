import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookTrigger } from '../../../shared/config/trigger-config.ts';
import { toMs } from '../../../shared/duration.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { WebhookRequest } from '../trigger.ts';

export type SignatureScheme = NonNullable<WebhookTrigger['signatureScheme']>;

/** What a signature proved. */
export interface Proof {
  /** False where the scheme does not sign the body: none and bearer. */
  bodySigned: boolean;
  /** The timestamp that was signed along, as sent. */
  timestamp?: string;
  /** The signature that was right: the same one again is the same request. */
  signature?: string;
}

interface Claim {
  /** What was signed, before the body. */
  prefix: string;
  signatures: string[];
  timestamp?: string;
}

type SignedRequest = Pick<WebhookRequest, 'headers' | 'body'>;

const noClaim: Claim = { prefix: '', signatures: [] };
/** A sender that changes its secret signs twice; more is somebody trying. */
const maxSignatures = 8;

/** Where each sender puts its signature, and what it signs. All are HMAC-SHA256, in lower-case hex. */
const schemes: Record<
  Exclude<SignatureScheme, 'none' | 'bearer'>,
  (request: SignedRequest, header?: string) => Claim
> = {
  // `t=<seconds>,v1=<hex>` over "<t>.<body>", or the older `sha256=<hex>` over the body
  generic({ headers }, header) {
    const stamped = headers[header ?? 'x-agent-runtime-signature'];
    if (stamped && !stamped.startsWith('sha256=')) return stampedClaim(stamped);
    return { prefix: '', signatures: prefixed('sha256=', headers[header ?? 'x-webhook-signature']) };
  },
  // docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
  github: ({ headers }, header = 'x-hub-signature-256') => ({
    prefix: '',
    signatures: prefixed('sha256=', headers[header]),
  }),
  // docs.stripe.com/webhooks#verify-manually; v0 is a signature of test events that proves nothing
  stripe: ({ headers }, header = 'stripe-signature') => stampedClaim(headers[header] ?? ''),
  // docs.slack.dev/authentication/verifying-requests-from-slack
  slack({ headers }, header = 'x-slack-signature') {
    const timestamp = headers['x-slack-request-timestamp'] ?? '';
    return { prefix: `v0:${timestamp}:`, signatures: prefixed('v0=', headers[header]), timestamp };
  },
  // developer.pagerduty.com/docs/verifying-webhook-signatures; several while a secret is replaced
  pagerduty: ({ headers }, header = 'x-pagerduty-signature') => ({
    prefix: '',
    signatures: prefixed('v1=', headers[header]),
  }),
};

/** Headers that carry a signature or its parts, in lower case. */
export const signatureHeaders: readonly string[] = [
  'x-agent-runtime-signature',
  'x-webhook-signature',
  'x-hub-signature',
  'x-hub-signature-256',
  'stripe-signature',
  'x-slack-signature',
  'x-pagerduty-signature',
];

/** The scheme a trigger goes by. */
export function schemeOf(settings: Pick<WebhookTrigger, 'signatureScheme' | 'hmacSecret'>): SignatureScheme {
  return settings.signatureScheme ?? (settings.hmacSecret === undefined ? 'none' : 'generic');
}

/**
 * Whether the request proves that its sender knows one of the secrets; null when it does not. Works on the bytes as they
 * came, looks at every secret and signature whatever the first gives, and compares in constant time. `nowMs` is epoch
 * milliseconds; a signed timestamp may lie `signatureTolerance` to either side of it.
 */
export function prove(
  settings: Pick<WebhookTrigger, 'signatureHeader' | 'signatureTolerance'>,
  scheme: SignatureScheme,
  request: SignedRequest,
  secrets: readonly string[],
  nowMs: number,
): Proof | null {
  const header = settings.signatureHeader?.toLowerCase();
  if (scheme === 'none') return { bodySigned: false };
  if (scheme === 'bearer') {
    const sent = request.headers[header ?? 'authorization']?.replace(/^bearer +/i, '') ?? '';
    return anyEqual(secrets.map(digest), [digest(sent)]) ? { bodySigned: false } : null;
  }
  const { prefix, signatures, timestamp } = schemes[scheme](request, header);
  const expected = secrets.map((secret) =>
    createHmac('sha256', secret).update(prefix).update(request.body).digest('hex'),
  );
  const signature = anyEqual(expected, signatures.slice(0, maxSignatures));
  if (signature === undefined) return null;
  if (timestamp === undefined) return { bodySigned: true, signature };
  const fresh = Math.abs(nowMs - Number(timestamp) * 1_000) <= toMs(settings.signatureTolerance);
  return /^\d{1,12}$/.test(timestamp) && fresh ? { bodySigned: true, timestamp, signature } : null;
}

/** Whether the request is signed in no other way than with SHA-1, which proves too little to be looked at. */
export function isSignedWeakly(
  { signatureHeader }: Pick<WebhookTrigger, 'signatureHeader'>,
  { headers }: Pick<WebhookRequest, 'headers'>,
): boolean {
  const names = [...signatureHeaders, ...(signatureHeader ? [signatureHeader.toLowerCase()] : [])];
  const sent = names.flatMap((name) => headers[name] ?? []).flatMap((value) => value.split(','));
  return sent.length > 0 && sent.every((part) => part.trim().startsWith('sha1='));
}

function stampedClaim(value: string): Claim {
  const parts = value.split(',').map((part) => part.trim());
  const timestamp = parts.find((part) => part.startsWith('t='))?.slice(2);
  if (timestamp === undefined) return noClaim;
  const signatures = parts.filter((part) => part.startsWith('v1=')).map((part) => part.slice(3));
  return { prefix: `${timestamp}.`, signatures, timestamp };
}

function prefixed(prefix: string, value: string | undefined): string[] {
  const parts = (value ?? '').split(',').map((part) => part.trim());
  return parts.filter((part) => part.startsWith(prefix)).map((part) => part.slice(prefix.length));
}

/** The one of `sent` that equals one of `expected`. */
function anyEqual(expected: readonly string[], sent: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const one of expected) {
    const wanted = Buffer.from(one, 'latin1');
    for (const other of sent) {
      const given = Buffer.from(other, 'latin1');
      if (given.length === wanted.length && timingSafeEqual(given, wanted)) found = other;
    }
  }
  return found;
}

/** Of equal length for every text, so that comparing tells nothing about a length either. */
function digest(text: string): string {
  return createHmac('sha256', 'bearer').update(text).digest('hex');
}

const minSecretLength = 24;

/**
 * Refuses what can be guessed: short texts, repetitions ("changeme" three times), few different characters. References
 * (`${VAR}`, `secret://name`) are looked at when they are revealed.
 * @throws RuntimeError `SECRET_TOO_WEAK`; the secret is not in it.
 */
export function checkSecret(secret: string): void {
  if (isReference(secret)) return;
  const text = secret.trim();
  const refuse = (why: string) =>
    new RuntimeError(
      'SECRET_TOO_WEAK',
      `The secret of the webhook ${why}; use at least ${minSecretLength} random characters, such as \`openssl rand -hex 24\` prints.`,
    );
  if (text === '') throw refuse('is empty');
  if (text.length < minSecretLength) throw refuse(`has ${text.length} characters`);
  if (new Set(text).size < 8) throw refuse('is made of fewer than 8 different characters');
  if ((text + text).indexOf(text, 1) < text.length) throw refuse('repeats itself');
}

/** Whether the text stands for a secret that is kept elsewhere. */
export function isReference(secret: string): boolean {
  return /^(\$\{[^}]*\}|secret:\/\/.*)$/s.test(secret.trim());
}
