import { asError, RuntimeError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import type { WebhookRequest } from './trigger.ts';

const maxDepth = 64;

/**
 * What the sender said: JSON where the content type says so, else text; null when the body is empty.
 * @throws RuntimeError `CONTENT_TYPE`, `TEXT_INVALID`, `JSON_INVALID`, `JSON_TOO_COMPLEX`
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
  const isJson = type === 'application/json' || type.endsWith('+json');
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  const text = decode(body, isJson ? 'utf-8' : (charset ?? 'utf-8'));
  return isJson ? parseJson(text) : text;
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

function parseJson(text: string): Json {
  refuseDeep(text);
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    throw new RuntimeError('JSON_INVALID', `The body says it is JSON and is not: ${asError(thrown).message}.`);
  }
}

/** Before parsing, as a parser may run out of stack on what is nested a million deep. */
function refuseDeep(text: string): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (inString) {
      if (character === 0x5c) index++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x5b || character === 0x7b) depth++;
    else if (character === 0x5d || character === 0x7d) depth--;
    if (depth > maxDepth) {
      throw new RuntimeError('JSON_TOO_COMPLEX', `The body is nested more than ${maxDepth} deep.`, { maxDepth });
    }
  }
}
