import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import { parseStrictJson } from '../../lib/strict-json.ts';
import type { WebhookRequest } from '../trigger.ts';

/** Deeper than the API takes nothing either; but a push of many commits has more keys than any request of ours. */
const limits = { maxDepth: 64, maxKeys: 100_000, maxElements: 100_000 };
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * What the sender said: JSON where the content type says so, else text; null when the body is empty.
 * @throws RuntimeError `CONTENT_TYPE`, and what `parseStrictJson` throws
 */
export function readWebhookBody({ headers, body }: Pick<WebhookRequest, 'headers' | 'body'>): Json {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new RuntimeError('CONTENT_TYPE', `The body is encoded as ${encoding}; send it as it is.`, { encoding });
  }
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (type.startsWith('multipart/')) {
    throw new RuntimeError('CONTENT_TYPE', `A webhook takes no ${type}, as it takes no files; send JSON or text.`, {
      type,
    });
  }
  if (body.length === 0) return null;
  if (type === 'application/json' || type.endsWith('+json')) {
    return parseStrictJson(body.subarray(0, 3).equals(byteOrderMark) ? body.subarray(3) : body, limits);
  }
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  return decode(body, charset ?? 'utf-8');
}

function decode(body: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body);
  } catch (thrown) {
    const reason =
      asError(thrown).name === 'RangeError' ? 'is not a known character set' : 'is not what the body is written in';
    throw new RuntimeError('TEXT_INVALID', `"${charset}" ${reason}; send UTF-8.`, { charset });
  }
}
