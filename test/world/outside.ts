import { RuntimeError } from '../../src/shared/errors.ts';
import type { BranchDetail, BranchView } from '../../src/shared/views/crossing-views.ts';
import type { JournalEntryView } from '../../src/shared/views/views.ts';
import type { SeenEffect } from './effect-audit.ts';

export interface AskOptions {
  headers?: Record<string, string>;
  timeoutMs?: number;
}

export const usualTimeoutMs = 10_000;

/** What stands outside of several nodes: asks each over HTTP, and keeps the one book of all that agents did. */
export abstract class Outside {
  /** In the order in which they were heard. */
  readonly effects: SeenEffect[] = [];
  /** Host and port at which agents do what is to be counted. */
  abstract readonly address: string;
  abstract readonly numbers: readonly number[];

  /** Calls the API of a node; an answer of any status. @throws when there was none. */
  abstract call<T>(
    node: number,
    method: string,
    path: string,
    body?: unknown,
    options?: AskOptions,
  ): Promise<{ status: number; body: T }>;

  /** As `call`, where nothing but a yes will do. @throws RuntimeError with what the node said. */
  async get<T>(node: number, path: string): Promise<T> {
    const { status, body } = await this.call<T>(node, 'GET', path);
    if (status === 200) return body;
    throw new RuntimeError('INTERNAL', `GET ${path} at node ${node}: ${status} ${JSON.stringify(body)}`);
  }

  /** The whole journal of a process that lives at that node. */
  async journal(node: number, process: string): Promise<JournalEntryView[]> {
    const entries: JournalEntryView[] = [];
    for (let after = 0; ; ) {
      const path = `/processes/${process}/journal?limit=1000&after=${after}`;
      const { items } = await this.get<{ items: JournalEntryView[] }>(node, path);
      entries.push(...items);
      if (items.length < 1_000) return entries;
      after = items.at(-1)?.seq ?? after;
    }
  }

  /** What old owners wrote alone, as that node keeps it. */
  async branches(node: number): Promise<BranchDetail[]> {
    const { items } = await this.get<{ items: BranchView[] }>(node, '/branches');
    return Promise.all(items.map(({ id }) => this.get<BranchDetail>(node, `/branches/${id}`)));
  }
}

/** A request as nodes take them: JSON, with the token of whoever may do anything. */
export function requestTo(
  { url, token }: { url: string; token: string },
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): { url: string; headers: Record<string, string>; body?: string } {
  const isJson = body !== undefined;
  return {
    url: `${url}${path.startsWith('/hooks') ? '' : '/api/v1'}${path}`,
    headers: {
      authorization: `Bearer ${token}`,
      ...(isJson ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(isJson ? { body: JSON.stringify(body) } : {}),
  };
}
