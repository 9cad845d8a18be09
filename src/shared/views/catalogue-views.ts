import { z } from 'zod';
import { ServerConfig } from '../config/server-config.ts';

/** What the operations on models and tool servers answer with. Times are epoch milliseconds. */

const Price = z.object({ input: z.number(), output: z.number() }).meta({ unit: 'USD per million tokens' });

export const ModelsView = z.object({
  /** Those that processes are set to use. */
  configured: z.array(
    z.object({
      id: z.string(),
      processes: z.array(z.string()),
      price: Price.nullable(),
      problem: z.string().nullable(),
    }),
  ),
  /** Model servers on this computer that answer right now. */
  servers: z.array(z.object({ provider: z.string(), baseUrl: z.string(), models: z.array(z.string()) })),
  /** Providers whose key is set, and in which variable. Never the key. */
  keys: z.array(z.object({ provider: z.string(), variable: z.string() })),
  /** Every provider that can stand before the colon of a model, and the variables that may hold its key. */
  providers: z.array(z.object({ name: z.string(), local: z.boolean(), variables: z.array(z.string()) })),
  pricesDate: z.string(),
});
export type ModelsView = z.infer<typeof ModelsView>;

export const ModelTrial = z.object({
  ok: z.boolean(),
  model: z.string(),
  text: z.string(),
  ms: z.number(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costUsd: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type ModelTrial = z.infer<typeof ModelTrial>;

export const ToolServerView = z.object({
  key: z.string(),
  /** As its users call it. */
  names: z.array(z.string()),
  transport: z.enum(['stdio', 'http']),
  /** The exact command or address, without secrets. */
  shown: z.string(),
  state: z.enum(['stopped', 'starting', 'ready', 'failed']),
  pid: z.int().nullable(),
  memoryBytes: z.number().nullable(),
  /** Processes that use it. */
  users: z.array(z.string()),
  /** Which process calls it by which name. */
  uses: z.array(z.object({ process: z.string(), name: z.string() })),
  callsInFlight: z.int(),
  starts: z.int(),
  startedAt: z.number().nullable(),
  lastError: z.object({ code: z.string(), message: z.string(), at: z.number() }).nullable(),
  server: z.object({ name: z.string(), version: z.string() }).nullable(),
  tools: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      hash: z.string(),
      /** What the server says of it; null: nothing. Counts only for a process that trusts the server. */
      hints: z.object({
        readOnly: z.boolean().nullable(),
        idempotent: z.boolean().nullable(),
        destructive: z.boolean().nullable(),
      }),
      /** What was odd about it, such as text that nobody can see and was taken out. */
      flags: z.array(z.string()),
      /** Its calls are tasks of the server: after a crash what became of them is asked for. */
      taskResumable: z.boolean(),
      /** Processes that may not use it before somebody approves it: it is not as it was, or new. */
      awaitsApprovalOf: z.array(z.string()),
    }),
  ),
  refusedTools: z.array(z.string()),
  /** What a person has to open before it can be used. */
  signInLink: z.string().nullable(),
  log: z.string(),
});
export type ToolServerView = z.infer<typeof ToolServerView>;

/** A tool as a process can call it. */
export const ToolView = z.object({
  name: z.string(),
  description: z.string(),
  /** JSON Schema of its arguments. */
  parameters: z.record(z.string(), z.json()),
  /** `local` changes only the process itself, `readOnly` nothing; the others may change something outside. */
  reach: z.enum(['local', 'readOnly', 'idempotent', 'other']),
});
export type ToolView = z.infer<typeof ToolView>;

/** What came of trying a tool by hand. */
export const ToolTrial = z.object({
  eventId: z.string(),
  /** The run that made the call, where all of it is noted; null: it has not begun. */
  runId: z.string().nullable(),
  /** `waiting`: for its turn, or for an answer in the inbox. */
  state: z.enum(['ok', 'failed', 'waiting']),
  result: z.json(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type ToolTrial = z.infer<typeof ToolTrial>;

export const ImportedServers = z.object({
  /** As they go into `servers` of a manifest. */
  servers: z.record(z.string(), ServerConfig),
  /** Variables to set: values that look like secrets are not copied. */
  variables: z.array(z.string()),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
});
export type ImportedServers = z.infer<typeof ImportedServers>;
