import { asError, RuntimeError } from '../../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../../shared/json.ts';
import type { Clock } from '../../../lib/clock.ts';
import { memoryOf } from '../process-group.ts';
import { unlessAborted } from '../web/redirects.ts';
import type { CallAnswer } from './call-result.ts';
import type { McpCall, TaskMethod } from './connection.ts';
import type { ListedTool } from './listed-tool.ts';
import { type LiveOptions, type LiveServer, startServer, type ToolList } from './live-server.ts';
import { LogRing } from './log-ring.ts';
import { callError, isNoSession, isRefused, isSessionGone, isUnauthorized, taskGone } from './mcp-errors.ts';
import { sessionText } from './mcp-session.ts';
import type { ServerStatus } from './server-status.ts';
import { StartGate } from './start-gate.ts';
import { type TaskName, TaskSessions } from './task-sessions.ts';

export interface PooledServerOptions extends Omit<LiveOptions, 'marker' | 'log' | 'signal' | 'onStarted' | 'onClose'> {
  key: string;
  shown: string;
  clock: Clock;
  /** A marker for each start. @throws RuntimeError when no more servers may be started. */
  newMarker: () => string;
}

export interface PinnedCall extends McpCall {
  /** The tool must still be the one with this hash. */
  expectedHash: string;
}

/**
 * One server that several processes share.
 *
 * P1. It runs only while it is needed, and is stopped when it was idle for long enough. P2. After it ended by itself it
 * is started again by the next use, no sooner than its back-off allows. P3. Whatever was started is ended: each close is
 * waited for by `stop`. P4. Its list of tools is asked for at each start and whenever it says that it changed.
 */
export class PooledServer {
  readonly #options: PooledServerOptions;
  readonly #users = new Map<symbol, { process: string; name: string }>();
  readonly #log = new LogRing();
  readonly #gate: StartGate;
  readonly #ending = new Set<Promise<void>>();
  readonly #closed = new AbortController();
  #live: LiveServer | undefined;
  #starting: Promise<LiveServer> | undefined;
  #killNow: (() => void) | undefined;
  #list: ToolList | undefined;
  #listing = { isUnderWay: false, again: false };
  #inFlight = 0;
  #disarmIdle: (() => void) | undefined;
  #starts = 0;
  #startedAt: number | null = null;
  /** Those in which it does tasks. */
  readonly sessions: TaskSessions;

  constructor(options: PooledServerOptions) {
    this.#options = options;
    this.#gate = new StartGate(options.name, options.clock);
    this.sessions = new TaskSessions({
      resume: (resumes) => this.#launch({ resumes, onStarted: () => {}, onClose: () => {} }),
      end: (live, keepSession) => this.#end(live, keepSession),
    });
  }

  use(user: { process: string; name: string }): symbol {
    const token = Symbol(user.name);
    this.#users.set(token, user);
    return token;
  }

  /** @returns whether nobody uses it any more. */
  unuse(token: symbol): boolean {
    this.#users.delete(token);
    return this.#users.size === 0;
  }

  isUsedBy(process: string, name: string): boolean {
    return [...this.#users.values()].some((user) => user.process === process && user.name === name);
  }

  /** Whatever kept it from starting is over. */
  mayStart(): void {
    this.#gate.reset();
  }

  /**
   * What a person has to open so that it can be used; null: nothing. @throws RuntimeError what else keeps it from starting.
   */
  async signIn(signal: AbortSignal): Promise<string | null> {
    try {
      await this.#with(signal, async () => {});
      return null;
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError) || thrown.code !== 'MCP_SIGN_IN') throw thrown;
      return this.#options.signIn?.link ?? null;
    }
  }

  /** As last told; undefined until it was started once. */
  get tools(): readonly ListedTool[] | undefined {
    return this.#list?.tools;
  }

  get isRunning(): boolean {
    return this.#live !== undefined || this.#starting !== undefined;
  }

  /** The program that runs now, with who uses it; undefined: none does, or it is elsewhere. */
  get program(): { pid: number; names: string[]; users: string[] } | undefined {
    const pid = this.#live?.pid;
    if (pid === undefined) return undefined;
    const users = [...this.#users.values()];
    return {
      pid,
      names: [...new Set(users.map(({ name }) => name))],
      users: [...new Set(users.map(({ process }) => process))],
    };
  }

  /** Asks for the tools, unless they are known. */
  async knownTools(signal: AbortSignal): Promise<readonly ListedTool[]> {
    if (!this.#list) await this.#with(signal, async () => {});
    return this.tools ?? [];
  }

  /** @throws RuntimeError TOOL_UNKNOWN, TOOL_CHANGED, TOOL_FAILED, MCP_*; with `outcomeUnknown` when it may have happened. */
  async call(request: PinnedCall): Promise<CallAnswer> {
    return (await this.callIn(request)).answer;
  }

  /** The same, with the session in which it was called. */
  async callIn(request: PinnedCall): Promise<{ answer: CallAnswer; session: string | undefined }> {
    const attempt = () => this.#with(request.signal, (live) => this.#callOn(live, request));
    try {
      return await attempt();
    } catch (thrown) {
      // The server has not looked at the call: it wants a new handshake first.
      if (!isSessionGone(thrown)) throw thrown;
      return await attempt();
    }
  }

  /**
   * One question about a task that it does.
   * @throws RuntimeError `MCP_TASK_GONE` when it does not know the task, `TOOL_FAILED` when it refuses to say.
   */
  async askTask(method: TaskMethod, task: TaskName, signal: AbortSignal, timeoutMs: number): Promise<JsonObject> {
    const { name } = this.#options;
    const ask = async (live: LiveServer, isOver: (thrown: unknown) => boolean) => {
      try {
        return await live.connection.ask(method, { taskId: task.id }, timeoutMs, signal);
      } catch (thrown) {
        if (method === 'tasks/get' && isRefused(thrown)) throw taskGone(task.id, name, asError(thrown).message);
        if (!isOver(thrown)) throw this.#errorOf(thrown, live, signal);
        return undefined;
      }
    };
    return await this.held(async () => {
      this.#closed.signal.throwIfAborted();
      const former = await this.sessions.of(task, this.#live);
      const told = former && (await ask(former, isNoSession));
      if (told) return told;
      if (former) this.sessions.forget(task);
      return await this.#with(signal, async (live) => {
        const answer = await ask(live, isSessionGone);
        if (answer) return answer;
        this.#drop(live);
        throw new RuntimeError('MCP_UNAVAILABLE', `Server "${name}" wants a new handshake.`, { server: name });
      });
    });
  }

  /** Keeps it running for as long as `work` takes, whatever is asked of it meanwhile (P1). */
  async held<T>(work: () => Promise<T>): Promise<T> {
    this.#inFlight++;
    this.#disarmIdle?.();
    try {
      return await work();
    } finally {
      if (--this.#inFlight === 0 && !this.#closed.signal.aborted) {
        this.#disarmIdle = this.#options.clock.after(this.#options.spec.idleMs, () => void this.stop());
      }
    }
  }

  /** @throws whatever `signal` is aborted with. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const disarm = this.#options.clock.after(ms, resolve);
    await unlessAborted(promise, signal).finally(disarm);
  }

  /** Resources, resource templates or prompts; none where the server has none. */
  async list(what: 'resources' | 'resources/templates' | 'prompts', signal: AbortSignal): Promise<Json[]> {
    return await this.#asking(signal, async ({ connection }) => {
      const offered = what === 'prompts' ? connection.offers.prompts : connection.offers.resources;
      return offered ? await connection.list(`${what}/list`, this.#options.spec.startTimeoutMs, signal) : [];
    });
  }

  async read(method: 'resources/read' | 'prompts/get', params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    return await this.#asking(signal, ({ connection }) => connection.ask(method, params, 60_000, signal));
  }

  /** Ends it, with all it started; it is started again when it is needed. */
  async stop(): Promise<void> {
    this.#disarmIdle?.();
    await this.#starting?.catch(() => {});
    if (this.#live) {
      this.#drop(this.#live);
      this.#gate.reset();
    }
    await this.sessions.close();
    await Promise.all(this.#ending);
  }

  /** Ends it for good, also in the middle of its start. */
  async close(): Promise<void> {
    this.#closed.abort(new RuntimeError('NODE_CLOSING', `Server "${this.#options.name}" is closed.`));
    this.#options.signIn?.close();
    await this.stop();
  }

  /** Without waiting, for the end of our own process. */
  killNow(): void {
    this.#killNow?.();
  }

  async status(): Promise<ServerStatus> {
    const { key, shown, spec } = this.#options;
    const users = [...this.#users.values()];
    const pid = this.#live?.pid ?? null;
    return {
      key,
      names: [...new Set(users.map(({ name }) => name))],
      transport: spec.url === undefined ? 'stdio' : 'http',
      shown,
      state: this.#live ? 'ready' : this.#starting ? 'starting' : this.#gate.hasFailed ? 'failed' : 'stopped',
      pid,
      memoryBytes: pid === null ? null : ((await memoryOf(pid)) ?? null),
      users: [...new Set(users.map(({ process }) => process))],
      uses: users.map(({ process, name }) => ({ process, name })),
      callsInFlight: this.#inFlight,
      starts: this.#starts,
      startedAt: this.#live ? this.#startedAt : null,
      lastError: this.#gate.lastError,
      server: this.#live?.connection.server ?? null,
      tools: (this.tools ?? []).map(({ parameters: _parameters, ...told }) => told),
      refusedTools: this.#list?.refused ?? [],
      log: this.#log.text,
      signInLink: this.#options.signIn?.link ?? null,
    };
  }

  async #callOn(live: LiveServer, request: PinnedCall) {
    this.#checkPin(request);
    try {
      const answer = await live.connection.call(request);
      this.#gate.reset();
      return { answer, session: live.session && sessionText(live.session) };
    } catch (thrown) {
      if (isSessionGone(thrown)) {
        this.#drop(live);
        throw thrown;
      }
      const error = this.#errorOf(thrown, live, request.signal);
      this.#gate.note(error);
      // An address that cannot be reached is asked anew by the next call, beginning with the handshake.
      if (live.pid === undefined && error.code === 'FETCH_FAILED') this.#failed(live, error);
      throw error;
    }
  }

  #checkPin({ tool, expectedHash }: PinnedCall): void {
    const { name } = this.#options;
    const listed = this.tools?.find((one) => one.name === tool);
    if (!listed)
      throw new RuntimeError('TOOL_UNKNOWN', `Server "${name}" no longer has the tool "${tool}".`, { server: name });
    if (listed.hash === expectedHash) return;
    throw new RuntimeError('TOOL_CHANGED', `The tool "${name}.${tool}" is no longer the one that was approved.`, {
      server: name,
    });
  }

  async #asking<T>(signal: AbortSignal, work: (live: LiveServer) => Promise<T>): Promise<T> {
    return await this.#with(signal, async (live) => {
      try {
        return await work(live);
      } catch (thrown) {
        throw this.#errorOf(thrown, live, signal);
      }
    });
  }

  #errorOf(thrown: unknown, live: LiveServer, signal?: AbortSignal): RuntimeError {
    const { signIn } = this.#options;
    if (signIn && isUnauthorized(thrown)) return signIn.refusal();
    return callError(thrown, { server: this.#options.name, signal, failure: live.failure(), log: this.#log.text });
  }

  async #with<T>(signal: AbortSignal, work: (live: LiveServer) => Promise<T>): Promise<T> {
    return await this.held(async () => await work(await this.#ready(signal)));
  }

  async #ready(signal: AbortSignal): Promise<LiveServer> {
    if (!this.#live && !this.#starting) await this.#gate.pass(signal);
    this.#closed.signal.throwIfAborted();
    if (this.#live) return this.#live;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return await unlessAborted(this.#starting, signal);
  }

  async #start(): Promise<LiveServer> {
    let started: LiveServer | undefined;
    const onClose = () => {
      if (started)
        this.#failed(started, new RuntimeError('MCP_UNAVAILABLE', `Server "${this.#options.name}" ended by itself.`));
    };
    const onStarted = (killNow: () => void) => {
      this.#killNow = killNow;
    };
    try {
      started = await this.#launch({ onStarted, onClose });
      await this.#watchTools(started);
      this.#startedAt = this.#options.clock.now();
      this.#live = started;
      return started;
    } catch (thrown) {
      if (started) this.#end(started);
      const error =
        thrown instanceof RuntimeError
          ? thrown
          : new RuntimeError('MCP_UNAVAILABLE', asError(thrown).message, {}, { cause: thrown });
      // Nothing failed: a person is waited for, and asked again at once.
      if (error.code === 'MCP_SIGN_IN') this.#gate.note(error);
      else this.#gate.putOff(error);
      throw error;
    }
  }

  #launch(how: Pick<LiveOptions, 'resumes' | 'onStarted' | 'onClose'>): Promise<LiveServer> {
    const marker = how.resumes ? '' : this.#options.newMarker();
    if (!how.resumes) this.#starts++;
    return startServer({ ...this.#options, marker, log: this.#log, signal: this.#closed.signal, ...how });
  }

  /** P4. */
  async #watchTools(live: LiveServer): Promise<void> {
    await live.connection.onToolsChanged(() => void this.#relist(live));
    try {
      this.#list = await live.list();
    } catch (thrown) {
      throw this.#errorOf(thrown, live);
    }
  }

  async #relist(live: LiveServer): Promise<void> {
    // However often a server says so, it is asked one after the other, and once more for all that came meanwhile.
    this.#listing.again = true;
    if (this.#listing.isUnderWay) return;
    this.#listing.isUnderWay = true;
    try {
      while (this.#listing.again) {
        this.#listing.again = false;
        this.#list = await live.list();
      }
    } catch (thrown) {
      this.#gate.note(this.#errorOf(thrown, live));
    } finally {
      this.#listing.isUnderWay = false;
    }
  }

  /** P2: it ended, or cannot be reached any more. */
  #failed(live: LiveServer, error: RuntimeError): void {
    if (this.#live !== live) return;
    this.#drop(live);
    this.#gate.putOff(live.failure() ?? error);
  }

  #drop(live: LiveServer): void {
    if (this.#live === live) this.#live = undefined;
    this.#end(live);
  }

  /** P3. */
  #end(live: LiveServer, keepSession = this.sessions.isNeeded(live.session)): void {
    const ending = live
      .close(keepSession)
      .catch(() => {})
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
