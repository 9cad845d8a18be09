import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { anywhere, type PlacementConfig } from '../../shared/config/placement-config.ts';
import type { ProcessConfig } from '../../shared/config/process-config.ts';
import { withIds } from '../../shared/config/trigger-config.ts';
import type {
  CarriedSecret,
  FarTaker,
  HandAnswer,
  HandedEnd,
  HandedJson,
  HookReply,
  HookRequest,
  ImpliedNeeds,
  LocalProcess,
} from '../../shared/crossing.ts';
import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import type { CarriedErasure, ErasureFinding } from '../../shared/erasure-receipt.ts';
import { asError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import { isWorking } from '../../shared/lifecycle.ts';
import type { EmittedEvent } from '../journal/fold/emitted.ts';
import type { HandedMessage } from '../messaging/taker.ts';
import type { AgentProcess } from '../processes/agent-process.ts';
import { messageWake } from '../triggers/message-trigger.ts';
import type { AgentRuntime } from './agent-runtime.ts';
import { restoreMemory } from './keeping/restore-memory.ts';
import { impliedNeeds, isRepeatable } from './manifests/implied-needs.ts';
import { modelsOutOfReach } from './manifests/model-reach.ts';
import { shownChild } from './nursery.ts';
import { pausesSet } from './planning/pauses.ts';

interface ToldAt {
  seq: number;
  epoch: number;
  time: number;
}

/** A runtime as the cluster of its node sees it: what lives here, and the doors through which other nodes come in. */
export class NodeSide {
  readonly #runtime: AgentRuntime;
  readonly #labels: readonly string[];
  readonly #called: () => string;
  readonly #needs = new WeakMap<ProcessConfig, ImpliedNeeds>();
  /** Trigger events that messages of other nodes became, until they end. */
  readonly #handed = new Map<string, Omit<HandedEnd, 'outcome' | 'reason'>>();
  readonly #listeners = new Set<() => void>();
  readonly #endListeners = new Set<(end: HandedEnd) => void>();
  readonly #stopListening: () => void;

  /** `called`: what people call the node. */
  constructor(runtime: AgentRuntime, labels: readonly string[] = [], called: () => string = hostname) {
    this.#runtime = runtime;
    this.#called = called;
    this.#labels = labels;
    this.#stopListening = runtime.journal.onDurable((entries) => this.#note(entries));
  }

  close(): void {
    this.#stopListening();
  }

  processes(): LocalProcess[] {
    return this.#runtime.list().map((process) => this.#local(process));
  }

  process(name: string): LocalProcess | undefined {
    const found = this.#runtime.find(name);
    return found && this.#local(found);
  }

  async publish(_publisher: string, at: ToldAt, events: readonly EmittedEvent[], peer: string): Promise<void> {
    await this.#publish(at, events, { peer });
  }

  async handOnAgain(events: readonly EmittedEvent[], at: ToldAt): Promise<void> {
    await this.#publish(at, events, { again: true });
  }

  handedOn(publisher: string): number {
    return this.#runtime.handedOn(publisher);
  }

  joinTaker({ process, triggers, capacity, load, take }: FarTaker): () => void {
    const { broker } = this.#runtime;
    const undo = triggers.map(({ id, pattern }) => broker.subscribe(process, id, pattern));
    const leave = broker.join({
      process,
      capacity,
      load,
      take: (message, trigger) => take(message as unknown as HandedJson, trigger),
    });
    return () => {
      leave();
      for (const unsubscribe of undo) unsubscribe();
    };
  }

  settle(end: HandedEnd): Promise<void> {
    return this.#runtime.broker.settle(end);
  }

  kick(): void {
    this.#runtime.broker.kick();
  }

  async hand(name: string, json: HandedJson, trigger: string | null, peer: string | null): Promise<HandAnswer> {
    const process = this.#runtime.get(name);
    const message = json as unknown as HandedMessage;
    const wake = messageWake(message, trigger ?? 'addressed');
    const taint = peer === null ? wake.taint : [...wake.taint, `peer:${peer}`];
    const { eventId, duplicate, filtered } = await process.wake({ ...wake, taint });
    if (filtered) return { filtered: true, ended: null };
    const handed = { message: message.id, attempt: message.handing };
    if (!duplicate || process.snapshot.queue.has(eventId)) {
      this.#handed.set(eventId, handed);
      return { filtered: false, ended: null };
    }
    const { state, reason } = await this.#runtime.queries.triggerEvent(eventId);
    return { filtered: false, ended: { ...handed, outcome: state as HandedEnd['outcome'], reason: reason ?? '' } };
  }

  /** Calls back when a message that was handed over by another node has ended here. */
  onHandedEnd(listener: (end: HandedEnd) => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  async receive(name: string, { bodyBase64, hookPath, ...request }: HookRequest): Promise<HookReply> {
    const receiver = this.#runtime.get(name).receiver(hookPath);
    const { status, body } = await receiver.receive({ ...request, body: Buffer.from(bodyBase64, 'base64') });
    return { status, body };
  }

  async adopt(name: string): Promise<void> {
    this.#runtime.trash.giveWay(name);
    const process = await this.#runtime.adopt(name);
    // What was put out of the way where it lived before comes back here.
    this.#runtime.snoozes.arm();
    this.#changed();
    await restoreMemory(this.#runtime.journal, process).catch((thrown: unknown) => {
      this.log('warn', `what "${name}" remembers could not be made anew here`, { reason: asError(thrown).message });
    });
  }

  async dismiss(name: string, drainMs: number): Promise<void> {
    try {
      await this.#runtime.dismiss(name, drainMs);
    } finally {
      this.#changed();
    }
  }

  async abandon(name: string): Promise<void> {
    if (!this.#runtime.find(name)) return;
    // Its journal takes nothing of it any more, which is as it should be.
    await this.dismiss(name, 0).catch(() => {});
  }

  goOn(name: string): void {
    this.#runtime.find(name)?.goOn();
  }

  breakOff(name: string): void {
    this.#runtime.find(name)?.breakOff();
  }

  async lacks(needs: ImpliedNeeds, placement: PlacementConfig, process: string): Promise<string[]> {
    const { os, labels, paths, servers } = placement;
    const env = this.#runtime.parts.env;
    const reasons: string[] = [];
    const kept = this.#keptNames(process);
    const { node } = placement;
    if (node !== undefined && node !== this.#runtime.nodeId && node !== this.#called())
      reasons.push(`is to live on node ${node} only`);
    if (os.length > 0 && !os.includes(globalThis.process.platform as (typeof os)[number]))
      reasons.push(`needs ${os.join(' or ')}, and this is ${globalThis.process.platform}`);
    for (const label of labels) if (!this.#labels.includes(label)) reasons.push(`needs the label ${label}`);
    for (const path of new Set([...paths, ...needs.paths])) if (!existsSync(path)) reasons.push(`needs ${path}`);
    for (const program of new Set([...servers, ...needs.commands]))
      if (!isInstalled(program, env['PATH'] ?? '')) reasons.push(`needs the program ${program}`);
    for (const secret of new Set([...placement.secrets, ...needs.secrets]))
      if (env[secret] === undefined && !kept.includes(secret))
        reasons.push(`needs the secret ${secret} of "${process}"`);
    reasons.push(...(await modelsOutOfReach(needs.models ?? [], env, this.#called())));
    return reasons;
  }

  openSecrets(name: string, names: readonly string[]): CarriedSecret[] {
    const process = this.#runtime.get(name);
    return this.#runtime.parts.governance.vault(process.journaled).carry(names);
  }

  versionsOf(name: string, secrets: readonly string[]): string {
    const process = this.#runtime.get(name);
    return secrets.length === 0 ? '' : this.#runtime.parts.governance.vault(process.journaled).versionsOf(secrets);
  }

  bringSecrets(name: string, secrets: readonly CarriedSecret[]): void {
    this.#runtime.parts.governance.bring(name, secrets);
  }

  forgetSecrets(name: string, names: readonly string[]): void {
    if (!this.#runtime.find(name)) this.#runtime.parts.governance.drop(name, names);
  }

  /** Takes out of what this node keeps beside journals what an agent of another was made to forget; what is left of it. */
  forgetForOthers(erasure: CarriedErasure): Promise<ErasureFinding[]> {
    return this.#runtime.housekeeping.forgetForOthers(erasure);
  }

  /** A node is heard: it is told what to forget that it was not told yet. */
  forgetOn(node: string): void {
    void this.#runtime.housekeeping.forgetOn(node);
  }

  /** The pause windows of this node, for the others of its cluster. */
  get pauses() {
    const { pauses } = this.#runtime;
    const { digest, kept } = pauses;
    return {
      digest,
      kept,
      merge: async (theirs: Json, from: string) => {
        if (await pauses.merge(theirs, from)) this.#runtime.notices.say(pausesSet);
      },
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  say: AgentRuntime['notices']['say'] = (notice) => this.#runtime.notices.say(notice);

  log: AgentRuntime['log'] = (level, message, details) => this.#runtime.log(level, message, details);

  get name(): string {
    return hostname();
  }

  get labels(): readonly string[] {
    return this.#labels;
  }

  get takenUp(): Promise<void> {
    return this.#runtime.takenUp;
  }

  #local(process: AgentProcess): LocalProcess {
    const local = localProcess(process, this.#needsOf(process.knownConfig));
    const kept = this.#keptNames(process.name);
    if (kept.length === 0) return local;
    const named = new Set([...local.needs.secrets, ...local.placement.secrets]);
    return { ...local, carries: kept.filter((secret) => named.has(secret)) };
  }

  /** It is asked for every second or two, and follows from the whole definition. */
  #needsOf(config: ProcessConfig | undefined): ImpliedNeeds {
    if (!config) return { secrets: [], paths: [], commands: [] };
    let needs = this.#needs.get(config);
    if (!needs) this.#needs.set(config, (needs = impliedNeeds(config)));
    return needs;
  }

  /** Secrets in the vault of a process that lives here. */
  #keptNames(name: string): string[] {
    const process = this.#runtime.find(name);
    if (!process?.knownConfig) return [];
    return this.#runtime.parts.governance.vaultIfAny(process.journaled, process.knownConfig)?.keptNames ?? [];
  }

  async #publish(
    { seq, time }: ToldAt,
    events: readonly EmittedEvent[],
    how: { peer: string } | { again: true },
  ): Promise<void> {
    const { bus } = this.#runtime;
    await Promise.all(events.map((event) => bus.publish({ ...event, at: time, seq, ...how })));
  }

  #note(entries: readonly JournalEntry[]): void {
    let isChanged = false;
    for (const { kind, body } of entries) {
      if (kind === 'run.settled') this.#tellEnd(body.event, endOf(body.outcome), body.error?.message ?? '');
      else if (kind === 'event.ended') this.#tellEnd(body.id, body.outcome, body.reason);
      else if (kind === 'state.changed' || kind === 'definition.changed' || kind === 'process.created')
        isChanged = true;
      else if (kind === 'process.deleted' || kind === 'process.restored') isChanged = true;
    }
    if (isChanged) this.#changed();
  }

  #tellEnd(event: string, outcome: HandedEnd['outcome'], reason: string): void {
    const handed = this.#handed.get(event);
    if (!handed) return;
    this.#handed.delete(event);
    for (const listener of this.#endListeners) listener({ ...handed, outcome, reason });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function endOf(outcome: 'done' | 'failed' | 'cancelled'): HandedEnd['outcome'] {
  return outcome === 'failed' ? 'dead' : outcome;
}

function localProcess(process: AgentProcess, needs: ImpliedNeeds): LocalProcess {
  const { snapshot, knownConfig: config, name } = process;
  const enabled = withIds(config?.triggers ?? []).filter(({ enabled: isOn }) => isOn !== false);
  const parked = [...snapshot.runs.values()].filter((run) => run.parked).length;
  const works = process.isArmed && isWorking(snapshot.state) && !process.halted;
  return {
    name,
    ...(snapshot.parent ? { child: { parent: snapshot.parent.process, shown: { ...shownChild(process) } } } : {}),
    state: snapshot.state,
    placement: config?.placement ?? anywhere,
    needs,
    waiting: snapshot.queue.size,
    isAtRisk: [...snapshot.runs.values()].some((run) =>
      [...run.steps.values()].some(({ state, repeatable }) => state === 'intended' && !repeatable),
    ),
    isRepeatable: config !== undefined && isRepeatable(config),
    hooks: enabled.flatMap((trigger) => (trigger.type === 'webhook' ? [trigger.webhookPath] : [])),
    taker: {
      triggers: enabled.flatMap((trigger) =>
        trigger.type === 'message' ? [{ id: trigger.id, pattern: trigger.topic }] : [],
      ),
      capacity: works ? (config?.concurrency ?? 1) + parked : 0,
    },
  };
}

function isInstalled(program: string, path: string): boolean {
  if (isAbsolute(program)) return existsSync(program);
  return path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)));
}
