import type { Environment } from './environment.ts';
import type { ModelConnections } from './openai-client.ts';
import type { PriceTable } from './prices.ts';

/** How a model is reached and how long it may take. */
export interface ModelSettings {
  /** Address of the API, usually ending in /v1 (added when there is no path). Keys of the environment are not sent there. */
  baseUrl?: string;
  apiKey?: string | undefined;
  /** Gives the value that `secret://name` stands for. */
  reveal?: (text: string) => string;
  /** For the whole answer, retries included. Default 120 s. */
  timeoutMs?: number;
  /** The longest silence between parts of an answer, from its first part on. Default 30 s. */
  idleMs?: number;
  /** Of requests that were refused for the moment or did not get through. Default 2; none once an answer has begun. */
  maxRetries?: number;
  /** Of text and tool arguments, or of a body in one piece. Default 2 MB. */
  maxAnswerBytes?: number;
  /** Where keys and addresses are looked up. Default: the environment of this process. */
  env?: Environment;
  /** By `provider:name`; before the shipped ones. */
  prices?: PriceTable;
  /** Stream also without `onText`. */
  stream?: boolean;
  /** Shared connections; without them the model has its own. */
  connections?: ModelConnections;
}
