import type { RuntimeError } from '../../../../shared/errors.ts';
import type { Json } from '../../../../shared/json.ts';
import type { StopPatience } from '../process-group.ts';
import type { EgressRules } from '../web/egress-guard.ts';
import { McpConnection } from './connection.ts';
import { guardedFetch, withSignIn } from './guarded-fetch.ts';
import { type ListedTool, readListedTool } from './listed-tool.ts';
import type { LogRing } from './log-ring.ts';
import { isUnauthorized, startError } from './mcp-errors.ts';
import type { McpSession } from './mcp-session.ts';
import { checkLaunch, type ServerSpec } from './server-spec.ts';
import type { SignIn } from './sign-in.ts';
import { StdioTransport } from './stdio-transport.ts';

export interface LiveOptions {
  name: string;
  spec: ServerSpec;
  env: Readonly<Record<string, string | undefined>>;
  egress: Omit<EgressRules, 'allowHosts'>;
  marker: string;
  log: LogRing;
  patience?: StopPatience | undefined;
  /** Ends the server also while it starts. */
  signal: AbortSignal;
  /** For a server that a person signs in to. */
  signIn?: SignIn;
  /** For a server over HTTP: takes up a session that was begun before, without a handshake. */
  resumes?: McpSession;
  onStarted: (killNow: () => void) => void;
  onClose: () => void;
}

export interface ToolList {
  tools: ListedTool[];
  /** What the server listed and cannot be used, for people. */
  refused: string[];
}

/** A server from its start to its end: the connection and what carries it. */
export interface LiveServer {
  readonly connection: McpConnection;
  readonly pid: number | undefined;
  readonly failure: () => RuntimeError | undefined;
  /** What the server knows this connection by, and may bind tasks to; undefined: nothing outlasts the connection. */
  readonly session: McpSession | undefined;
  list(): Promise<ToolList>;
  /** Ends it, with all it started; `keepSession`: the server is not told that its session is over. Safe to call again. */
  close(keepSession?: boolean): Promise<void>;
}

/** Starts a server and shakes hands. @throws RuntimeError after everything that was started has ended again. */
export async function startServer(options: LiveOptions): Promise<LiveServer> {
  return options.spec.url === undefined ? await startProgram(options) : await connectHttp(options, options.spec.url);
}

async function startProgram(options: LiveOptions): Promise<LiveServer> {
  const { name, spec, env, marker, log, patience, signal, onClose } = options;
  checkLaunch(name, spec);
  const transport = new StdioTransport({ name, spec, env, marker, log, ...(patience ? { patience } : {}) });
  options.onStarted(() => transport.killNow());
  const end = () => {
    signal.removeEventListener('abort', end);
    return transport.close();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const connection = await McpConnection.open(transport, { timeoutMs: spec.startTimeoutMs, log, onClose });
    return live(connection, spec, {
      pid: transport.pid,
      failure: () => transport.failure,
      session: undefined,
      close: end,
    });
  } catch (thrown) {
    const { failure, sawStrayLines } = transport;
    const error = startError(thrown, {
      server: name,
      failure,
      sawStrayLines,
      startTimeoutMs: spec.startTimeoutMs,
      log: log.text,
    });
    await end();
    throw error;
  }
}

async function connectHttp(
  { name, spec, egress, log, signal, signIn, resumes, onClose }: LiveOptions,
  url: string,
): Promise<LiveServer> {
  await signIn?.prepare();
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: signIn ? withSignIn(url, egress, Object.keys(spec.headers)) : guardedFetch(url, egress),
    requestInit: { headers: { ...spec.headers } },
    ...(signIn ? { authProvider: signIn } : {}),
    ...(resumes ? { sessionId: resumes.id } : {}),
  });
  if (resumes) transport.setProtocolVersion(resumes.protocol);
  const abandon = () => void transport.close();
  signal.addEventListener('abort', abandon, { once: true });
  try {
    const connection = await McpConnection.open(transport as Parameters<typeof McpConnection.open>[0], {
      timeoutMs: spec.startTimeoutMs,
      log,
      onClose,
    });
    signal.removeEventListener('abort', abandon);
    const { sessionId: id, protocolVersion: protocol } = transport;
    const session = id && protocol ? { id, protocol } : undefined;
    const close = async (keepSession = false) => {
      if (!keepSession) await Promise.race([transport.terminateSession().catch(() => {}), elapsed(1_000)]);
      await connection.close();
    };
    return live(connection, spec, { pid: undefined, failure: () => undefined, session, close });
  } catch (thrown) {
    const error = startError(isUnauthorized(thrown) && signIn ? signIn.refusal() : thrown, {
      server: name,
      sawStrayLines: false,
      startTimeoutMs: spec.startTimeoutMs,
      log: log.text,
    });
    await transport.close();
    throw error;
  }
}

function live(
  connection: McpConnection,
  spec: ServerSpec,
  given: Pick<LiveServer, 'pid' | 'failure' | 'session' | 'close'>,
): LiveServer {
  return {
    ...given,
    connection,
    async list() {
      const listed = connection.offers.tools ? await connection.list('tools/list', spec.startTimeoutMs) : [];
      return readList(listed, connection.offers.tasks);
    },
  };
}

/** `tasks`: whether the server does calls as tasks at all; without that, what a tool says of it is void. */
function readList(listed: readonly Json[], tasks: boolean): ToolList {
  const tools = new Map<string, ListedTool>();
  const refused: string[] = [];
  for (const one of listed) {
    const read = readListedTool(one);
    if ('refused' in read) refused.push(read.refused);
    else if (tools.has(read.name)) refused.push(`a second tool named ${read.name}`);
    else tools.set(read.name, tasks ? read : { ...read, taskSupport: null });
  }
  return { tools: [...tools.values()], refused };
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
