/** As much of the client's interface as is used here; the package brings no types. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';

  export interface QueryResult {
    rows: Record<string, unknown>[];
    rowCount: number | null;
  }
  export interface PoolClient extends EventEmitter {
    query(sql: string, values?: readonly unknown[]): Promise<QueryResult>;
    /** With an error, the connection is ended and not used again. */
    release(error?: Error | boolean): void;
  }
  export interface PoolConfig {
    connectionString: string;
    application_name?: string;
    max?: number;
    keepAlive?: boolean;
    connectionTimeoutMillis?: number;
    idleTimeoutMillis?: number;
    query_timeout?: number;
    statement_timeout?: number;
    allowExitOnIdle?: boolean;
    types?: { getTypeParser(oid: number, format?: string): (value: string) => unknown };
  }
  export class Pool extends EventEmitter {
    constructor(config: PoolConfig);
    connect(): Promise<PoolClient>;
    end(): Promise<void>;
  }
  export const types: { getTypeParser(oid: number, format?: string): (value: string) => unknown };
}
