import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { sandboxChildModule } from '../../src/main/agent/sandbox/child-module.ts';
import { openSandbox, type Sandbox } from '../../src/main/agent/sandbox/sandbox.ts';
import type { Snapshot } from '../../src/main/journal/fold/snapshot.ts';
import { nodeChild } from '../../src/main/lib/child.ts';
import { type Clock, systemClock } from '../../src/main/lib/clock.ts';
import { AgentProcess } from '../../src/main/processes/agent-process.ts';
import type { ProcessParts } from '../../src/main/processes/parts.ts';
import { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import type { Database } from '../../src/main/store/database.ts';
import { clientOf, operations, type RuntimeClient } from '../../src/shared/api.ts';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import { dispatch } from '../../src/shared/dispatch.ts';
import { audit } from './audit.ts';
import { HandClock } from './hand-clock.ts';
import { Ledger } from './ledger.ts';
import { Life } from './life.ts';
import { type ModelServer, startModelServer } from './model-server.ts';
import type { Cut } from './power.ts';
import { Shelf, type StoreKind } from './stores.ts';
import { until } from './until.ts';

export interface WorldOptions {
  journal?: StoreKind;
  /** `hand`: stands still until the test turns it. */
  clock?: 'system' | 'hand';
  cut?: Cut;
  env?: Record<string, string>;
  /** See `fileSandbox`; left out, each life opens its own. */
  sandbox?: () => Sandbox;
  /** Nothing that processes publish is delivered before `gathered` is called in each life. */
  gathers?: boolean;
  /** Warnings and errors that the test causes on purpose: texts they contain. */
  expects?: readonly string[];
}

/** How a program ends: in order, by `kill -9` or a power cut, or by a crash of its own. */
export type End = 'closed' | 'killed' | 'crashed';

/** One sandbox for all worlds of a test file: starting a child takes longer than most tests. */
export function fileSandbox(): () => Sandbox {
  let sandbox: Sandbox | undefined;
  afterAll(() => sandbox?.close());
  return () => (sandbox ??= openSandbox({ startChild: nodeChild(), childModule: sandboxChildModule() }));
}

/**
 * Everything a test of processes needs, real as far as it can be: journal, sandbox, tools, HTTP. The clock stands when
 * the test wants it to. `await using` closes it, and then everything that must hold of every journal is checked.
 */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const clock = options.clock === 'hand' ? new HandClock() : systemClock;
  const folder = mkdtempSync(join(tmpdir(), 'agent-runtime-'));
  const world = new World(options, clock, folder);
  await world.begin('closed');
  return world;
}

export class World {
  readonly ledger = new Ledger();
  readonly folder: string;
  readonly #options: WorldOptions;
  readonly #clock: Clock;
  readonly #shelf: Shelf;
  readonly #lives: Life[] = [];
  #model: ModelServer | undefined;

  constructor(options: WorldOptions, clock: Clock, folder: string) {
    this.#options = options;
    this.#clock = clock;
    this.folder = folder;
    this.#shelf = new Shelf(options.journal ?? 'memory', folder, clock);
  }

  get clock(): HandClock {
    if (this.#clock instanceof HandClock) return this.#clock;
    throw new TypeError('this world goes by the clock of the system');
  }

  get journal() {
    return this.#life.journal;
  }

  get database(): Database {
    return this.#life.store.database;
  }

  get power() {
    return this.#life.power;
  }

  /** Events of all processes of this life. */
  get bus() {
    return this.#life.parts.bus;
  }

  /** Commit names of all lives, in order. */
  get commits(): string[] {
    return this.#lives.flatMap(({ power }) => power.batches);
  }

  get #life(): Life {
    return this.#lives.at(-1) as Life;
  }

  async model(): Promise<ModelServer> {
    this.#model ??= await startModelServer();
    return this.#model;
  }

  /** Settings of an agent that thinks with this world's model server. */
  async thinking(more: ProcessConfigInput = {}): Promise<ProcessConfigInput> {
    const { url } = await this.model();
    return { model: { id: 'openai-compatible:test', baseUrl: url }, instructions: 'Do what you are told.', ...more };
  }

  /** A process on this world's journal; it neither runs nor is it read before it is told to. `others` replace parts. */
  process(name: string, config?: ProcessConfigInput, others: Partial<ProcessParts> = {}): AgentProcess {
    const { journal, parts } = this.#life;
    const process = new AgentProcess({ name, journal, parts: { ...parts, ...others }, ...(config ? { config } : {}) });
    this.#life.processes.push(process);
    return process;
  }

  async started(name: string, config?: ProcessConfigInput): Promise<AgentProcess> {
    const process = this.process(name, config);
    await process.start();
    return process;
  }

  /** The process of that name in this life. */
  alive(name: string): AgentProcess {
    return this.known(name) as AgentProcess;
  }

  known(name: string): AgentProcess | undefined {
    return this.#life.processes.findLast((process) => process.name === name);
  }

  /** The process as the next program finds it: taken up, in the state it had. */
  async takenUp(name: string): Promise<AgentProcess> {
    const process = this.process(name);
    await process.takeUp();
    return process;
  }

  /** A runtime on this world's journal, as a node opens it. */
  async runtime(): Promise<AgentRuntime> {
    const { journal, database, partsOptions } = this.#life;
    const runtime = new AgentRuntime({ journal, database, parts: partsOptions, version: '0.0.0-test' });
    this.#life.runtimes.push(runtime);
    await runtime.open();
    return runtime;
  }

  /** The operations of this life's runtime, checked on the way in and out, as every client has them. */
  async client(by = 'user'): Promise<RuntimeClient> {
    const runtime = this.#life.runtimes[0] ?? (await this.runtime());
    const api = runtimeApi(runtime, { url: () => null, dataDir: this.folder, desktop: false });
    return clientOf(async (name, input) => operations[name].output.parse(await dispatch(api, name, input, by)));
  }

  gathered(): void {
    this.#life.gathered();
  }

  /** Ends the program and begins the next one on what the journal has kept. Processes and runtimes are made anew. */
  async restart(end: End = 'killed'): Promise<void> {
    if (end === 'closed') await this.#inOrder(this.#life);
    else await this.#life.lose();
    this.ledger.openAll();
    await this.begin(end);
  }

  async begin(after: End): Promise<void> {
    const { env, cut, sandbox } = this.#options;
    const store = await this.#shelf.open(this.#clock);
    this.#lives.push(
      new Life({
        store,
        clock: this.#clock,
        ledger: this.ledger,
        crashed: after === 'crashed',
        gathers: this.#options.gathers ?? false,
        env: { ...env },
        dataDir: this.folder,
        ...(cut ? { cut } : {}),
        ...(sandbox ? { sandbox } : {}),
      }),
    );
  }

  /** Waits for a fact. Under the hand clock nothing happens that needs time. */
  until<T>(fact: () => T | Promise<T>): Promise<NonNullable<T>> {
    return until(fact);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const problems: string[] = [];
    try {
      this.ledger.openAll();
      const life = this.#life;
      const isOn = life.power.isOn;
      if (isOn) problems.push(...(await this.#inOrder(life)));
      else await life.lose();
      const store = await this.#shelf.open(systemClock);
      problems.push(...(await audit(store.journal, isOn ? life.snapshots() : new Map<string, Snapshot>())));
      await store.close();
      const { expects = [] } = this.#options;
      const said = this.#lives.flatMap(({ complaints }) => complaints);
      problems.push(...said.filter((text) => !expects.some((expected) => text.includes(expected))));
    } finally {
      await this.#model?.close();
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    }
    if (problems.length > 0) throw new Error(`after the test, this did not hold:\n${problems.join('\n')}`);
  }

  /** Closes a life as a program does that ends in order; turns the hand clock when something waits for it. */
  async #inOrder(life: Life): Promise<string[]> {
    let isDone = false;
    const closing = life.close().finally(() => {
      isDone = true;
    });
    for (let turn = 0; this.#clock instanceof HandClock && !isDone && life.power.isOn; turn++) {
      await Promise.race([closing, pause(5)]);
      if (turn > 20) await this.#clock.advance(1_000);
    }
    return await closing;
  }
}
