import { buildAgent } from '../../src/main/agent/build-agent.ts';
import type { Sandbox } from '../../src/main/agent/sandbox/sandbox.ts';
import { buildToolbox } from '../../src/main/agent/tools/toolbox.ts';
import type { Snapshot } from '../../src/main/journal/fold/snapshot.ts';
import type { Journal } from '../../src/main/journal/journal.ts';
import { type ChildProcessHandle, nodeChild, type StartChild } from '../../src/main/lib/child.ts';
import type { Clock } from '../../src/main/lib/clock.ts';
import { deferred } from '../../src/main/lib/deferred.ts';
import { handOn } from '../../src/main/messaging/outgoing.ts';
import type { AgentProcess } from '../../src/main/processes/agent-process.ts';
import { defaultParts, type OpenParts, type PartsOptions } from '../../src/main/processes/default-parts.ts';
import type { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { rebuildReadModels } from '../../src/main/runtime/keeping/rebuild.ts';
import type { Database } from '../../src/main/store/database.ts';
import type { Ledger } from './ledger.ts';
import { type Cut, never, Power, PoweredConnections, poweredClock, poweredJournal, poweredSandbox } from './power.ts';
import type { Store } from './stores.ts';
import { until } from './until.ts';

export interface LifeOptions {
  store: Store;
  clock: Clock;
  ledger: Ledger;
  crashed: boolean;
  env: Record<string, string>;
  dataDir: string;
  cut?: Cut;
  sandbox?: () => Sandbox;
  /** Nothing is delivered before `gathered`. */
  gathers: boolean;
}

/** One program: what it opened, what runs in it, and what goes with it when it ends. */
export class Life {
  readonly power: Power;
  readonly store: Store;
  readonly journal: Journal;
  readonly parts: OpenParts;
  /** What a runtime makes its own parts of. */
  readonly partsOptions: PartsOptions;
  readonly processes: AgentProcess[] = [];
  readonly runtimes: AgentRuntime[] = [];
  /** Warnings and errors it logged. */
  readonly complaints: string[] = [];
  readonly #clock: ReturnType<typeof poweredClock>;
  readonly #connections: PoweredConnections;
  readonly #children = new Map<ChildProcessHandle, boolean>();
  readonly #gathered = deferred();
  #isClosing = false;
  #closeStore: Promise<void> | undefined;

  constructor({ store, clock, ledger, crashed, env, dataDir, cut, sandbox, gathers }: LifeOptions) {
    this.power = new Power(cut);
    this.store = store;
    this.#clock = poweredClock(clock, this.power);
    this.journal = poweredJournal(store.journal, this.power);
    this.#connections = new PoweredConnections(this.power, env);
    this.partsOptions = {
      clock: this.#clock,
      env,
      crashed,
      dataDir,
      startChild: this.#startChild(),
      log: (level, message, details) => {
        const isComplaint = level === 'warn' || level === 'error';
        if (isComplaint && this.power.isOn) this.complaints.push(`${level}: ${message} ${JSON.stringify(details)}`);
      },
    };
    const parts = defaultParts(this.partsOptions);
    const shared = sandbox && poweredSandbox(sandbox(), this.power);
    const models = { connections: this.#connections };
    if (!gathers) this.gathered();
    this.parts = {
      ...parts,
      // As a node does: not before all have been taken up, not while they are let go.
      deliver: async (process, outgoing) => {
        await this.#gathered.promise;
        await parts.broker.start();
        // Asked last, so that publishing follows the answer at once: those who listen are being let go after it.
        if (this.#isClosing) return never;
        await handOn(parts.bus, parts.broker, process, outgoing);
      },
      buildToolbox: (process, config) => buildToolbox(config, { process, env, extra: ledger.tools(this.power) }),
      buildAgent: (process, config, reveal) =>
        shared
          ? buildAgent(config, { sandbox: () => shared, env, models: { ...models, ...(reveal ? { reveal } : {}) } })
          : parts.buildAgent(process, config, reveal),
    };
  }

  snapshots(): Map<string, Readonly<Snapshot>> {
    const all = [...this.processes, ...this.runtimes.flatMap((runtime) => runtime.list())];
    const alive = all.filter(({ snapshot }) => snapshot.seq > 0 && !snapshot.deleted);
    return new Map(alive.map(({ name, snapshot }) => [name, snapshot]));
  }

  /** The power goes. */
  async lose(): Promise<void> {
    this.power.cut();
    for (const child of this.#children.keys()) child.kill();
    await this.#closeParts();
    await this.#letGo();
  }

  /** The database, for somebody who closes what was given to them. */
  get database(): Database {
    return new Proxy(this.store.database, {
      get(database, name) {
        const member: unknown = Reflect.get(database, name);
        if (name === 'close') return () => {};
        return typeof member === 'function' ? member.bind(database) : member;
      },
    });
  }

  /** All processes of this life have been taken up: nothing of what they published passes anybody by. */
  gathered(): void {
    this.#gathered.resolve();
  }

  /** In order. Returns what should have been otherwise. */
  async close(): Promise<string[]> {
    const problems: string[] = [];
    this.#isClosing = true;
    for (const runtime of this.runtimes) await runtime.close();
    // A deleted one has let go already, and its name may live again.
    await Promise.all(this.processes.map((process) => process.snapshot.deleted || process.close()));
    // What was appended in this turn and not waited for.
    await new Promise(setImmediate);
    const { equal, differences } = await rebuildReadModels(this.store.database, this.store.journal);
    if (!equal) problems.push(`the read models differ from rebuilt ones: ${differences.join('; ')}`);
    await this.#closeParts();
    await this.#letGo();
    if (this.#clock.pending > 0) problems.push(`${this.#clock.pending} timers are armed after the end`);
    await until(() => [...this.#children.values()].every((hasEnded) => hasEnded)).catch(() => {
      problems.push('a child process outlived its program');
    });
    return problems;
  }

  async #closeParts(): Promise<void> {
    await this.parts.close();
    this.#connections.close?.();
  }

  #letGo(): Promise<void> {
    this.#closeStore ??= this.store.close();
    return this.#closeStore;
  }

  #startChild(): StartChild {
    const start = nodeChild();
    return (module, options) => {
      const child = start(module, options);
      this.#children.set(child, false);
      child.onExit(() => this.#children.set(child, true));
      return child;
    };
  }
}
