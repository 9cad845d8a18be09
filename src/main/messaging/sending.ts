import type { Json } from '../../shared/json.ts';

/** A message on its way to the broker. */
export interface Sending {
  topic: string;
  content: Json;
  sender: string;
  to?: string | undefined;
  replyTo?: string | undefined;
  correlation?: string | undefined;
  ttlMs?: number | undefined;
  /** The same for every try to send it; the same id is the same message, for ever. Left out: a new message. */
  id?: string | undefined;
  resends?: string | undefined;
  /** Labels of untrusted origin of what it was made from. */
  taint?: readonly string[] | undefined;
}
