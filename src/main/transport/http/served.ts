import type { RuntimeApi } from '../../../shared/api.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { RuntimeNotice } from '../../../shared/notices.ts';

/** Where a watcher has got to. */
export interface NoticeCursor {
  seq: number;
  boot: string;
}

export interface NoticeSource {
  /**
   * Calls the listener first with the kept notices after `after` (or with `notices.gap` where they are not kept), then
   * with each new one. Returns what ends it.
   */
  watch(after: NoticeCursor | null, listener: (notice: RuntimeNotice) => void): () => void;
}

/** A request to a webhook, before anything of it has been parsed. Header names are lower-case. */
export interface WebhookRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: Buffer;
  remoteAddress: string;
}

export interface WebhookReply {
  status: number;
  body: JsonObject;
  headers?: Record<string, string>;
}

/** All that this folder knows of a runtime. */
export interface Served {
  api: RuntimeApi;
  notices: NoticeSource;
  /** The same of another node of the cluster, by id or name. @throws RuntimeError `PEER_UNKNOWN` */
  at(node: string): { api: RuntimeApi; notices: NoticeSource };
  /** `path` is what follows the name of the process, without a slash at its start. */
  webhook(process: string, path: string, request: WebhookRequest): Promise<WebhookReply>;
  /** In the text format of Prometheus. */
  metrics(): string;
  version: string;
}
