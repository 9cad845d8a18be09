import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ToolResult } from '../../../../src/main/agent/tool.ts';
import { McpPool, type McpPoolOptions } from '../../../../src/main/agent/tools/mcp/mcp-pool.ts';
import type { McpParts } from '../../../../src/main/agent/tools/mcp/mcp-source.ts';
import { buildToolbox, type Toolbox } from '../../../../src/main/agent/tools/toolbox.ts';
import { systemClock } from '../../../../src/main/lib/clock.ts';
import { ProcessConfig } from '../../../../src/shared/config/process-config.ts';
import { ServerConfig } from '../../../../src/shared/config/server-config.ts';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { toolCall } from '../tool-call.ts';

export const faultyServer = fileURLToPath(new URL('faulty-server.mjs', import.meta.url));

/** A pool with real servers, a ledger of what they did, and a count of what is left of them. */
export class McpBench implements AsyncDisposable {
  readonly owner = `test-${crypto.randomUUID()}`;
  readonly folder: string;
  readonly pool: McpPool;
  readonly #boxes: Toolbox[] = [];

  private constructor(folder: string, options: Partial<McpPoolOptions>) {
    this.folder = folder;
    this.pool = new McpPool({
      clock: systemClock,
      env: process.env,
      owner: this.owner,
      patience: { afterCloseMs: 150, afterTermMs: 250 },
      ...options,
    });
  }

  static async open(options: Partial<McpPoolOptions> = {}): Promise<McpBench> {
    return new McpBench(await mkdtemp(join(tmpdir(), 'mcp-')), options);
  }

  get ledger(): string {
    return join(this.folder, 'ledger');
  }

  /** What the servers did that cannot be undone. */
  async effects(): Promise<string[]> {
    const lines = (await readFile(this.ledger, 'utf8').catch(() => '')).split('\n');
    return lines.filter((line) => line !== '' && line !== 'list');
  }

  faulty(modes: string[] = [], more: object = {}): ServerConfig {
    return ServerConfig.parse({
      command: process.execPath,
      args: [faultyServer, ...modes, '--ledger', this.ledger],
      ...more,
    });
  }

  toolbox(servers: Record<string, ServerConfig>, more: Partial<McpParts> = {}, name = 'watcher'): Toolbox {
    const box = buildToolbox(ProcessConfig.parse({}), { process: name, servers, mcp: { pool: this.pool, ...more } });
    this.#boxes.push(box);
    return box;
  }

  /** Living processes that a server of this bench started, wherever they went. */
  left(): number[] {
    return readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid) && isOf(pid, this.owner))
      .map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const box of this.#boxes) box.close();
    await this.pool.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function use(box: Toolbox, name: string, args: JsonObject = {}, call = toolCall()): Promise<ToolResult> {
  return await box.resolve(name, args).execute(args, call);
}

function isOf(pid: string, owner: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`AGENT_RUNTIME_SERVER=${owner}:`);
  } catch {
    return false;
  }
}
