import { modelId } from '../../shared/config/process-config.ts';
import type { Effect, NewEntry } from '../../shared/entries/journal-entries.ts';
import { asError, type ErrorCode, errorCodes, RuntimeError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { handlesIn } from '../../shared/secret-handles.ts';
import type { ChildProcess, Family } from '../agent/meta-tools/open-mode.ts';
import type { Outgoing } from '../journal/fold/snapshot.ts';
import type { AgentProcess, AgentProcessOptions } from '../processes/agent-process.ts';
import { definitionOf } from '../processes/versions/definition.ts';

export interface NurseryHost {
  list(): readonly AgentProcess[];
  find(name: string): AgentProcess | undefined;
  register(options: Omit<AgentProcessOptions, 'journal' | 'parts'>): Promise<AgentProcess>;
  /** Children that live on other nodes. */
  elsewhere?(parent: string): readonly JsonObject[];
  log(level: 'warn', message: string, details: { reason: string }): void;
}

type Spawn = Extract<Effect, { type: 'spawn' }>;

/**
 * Brings agents into the world that other agents create. A child is known by the key of the call that created it, so
 * however often it is asked for, it is born once.
 */
export class Nursery {
  readonly #host: NurseryHost;

  constructor(host: NurseryHost) {
    this.#host = host;
  }

  /** Other agents, as far as this one may know of them. */
  familyOf(parent: string): Family {
    return {
      isTaken: (name) => this.#host.find(name) !== undefined,
      names: () => this.#host.list().map(({ name }) => name),
      children: () => [
        ...this.#children(parent).map(shownChild),
        ...((this.#host.elsewhere?.(parent) ?? []) as unknown as ChildProcess[]),
      ],
    };
  }

  #children(parent: string): AgentProcess[] {
    return this.#host.list().filter(({ snapshot }) => snapshot.parent?.process === parent);
  }

  /** Resolves when the children of a settled run are there for good. May be asked again. */
  async deliver(parent: string, { run, effects }: Outgoing): Promise<void> {
    for (const effect of effects) if (effect.type === 'spawn') await this.#bear(parent, run, effect);
  }

  async #bear(parent: string, run: string, spawn: Spawn): Promise<void> {
    const { name, key } = spawn;
    const known = this.#host.find(name);
    if (known && known.snapshot.parent?.key !== key)
      return this.#tell(parent, run, name, 'there is another process of that name by now');
    try {
      const child = known ?? (await this.#create(parent, run, spawn));
      if (child.state === 'created') await child.start(`run:${run}`);
    } catch (thrown) {
      // What may go better later is tried again.
      if (!(thrown instanceof RuntimeError) || errorCodes[thrown.code as ErrorCode].retryable) throw thrown;
      await this.#tell(parent, run, name, asError(thrown).message);
    }
  }

  async #create(parent: string, run: string, { name, manifest, key }: Spawn): Promise<AgentProcess> {
    const child = await this.#host.register({
      name,
      definition: definitionOf(manifest, null),
      by: `run:${run}`,
      parent: { process: parent, run, key },
    });
    this.#handDown(parent, child, run, JSON.stringify(manifest));
    return child;
  }

  /** The child has the secrets of its parent that its model or its servers need, and no others. */
  #handDown(parent: string, child: AgentProcess, run: string, manifest: string): void {
    const from = this.#host.find(parent);
    for (const name of new Set(handlesIn(manifest))) {
      try {
        const value = from?.secrets.reveal(`secret://${name}`, `the new agent ${child.name}`, run);
        if (typeof value === 'string') child.keepSecrets([{ name, value, path: [] }]);
      } catch (thrown) {
        this.#host.log('warn', `"${child.name}" could not be given a secret`, { reason: asError(thrown).message });
      }
    }
  }

  async #tell(parent: string, run: string, name: string, why: string): Promise<void> {
    const text = `"${parent}" wanted to create the agent "${name}", and could not: ${why}`;
    const entry: NewEntry = {
      kind: 'governance.noted',
      body: { guard: 'open_mode', what: 'blocked', about: name, run, text },
    };
    await this.#host.find(parent)?.journaled.append('note-spawn', [entry]);
  }
}

/** An agent as the one that created it sees it. */
export function shownChild({ name, snapshot, knownConfig }: AgentProcess): ChildProcess {
  return {
    name,
    state: snapshot.state,
    reason: snapshot.stateReason,
    model: knownConfig ? modelId(knownConfig.model) : '',
    waiting: snapshot.queue.size,
    runs: snapshot.counts.runs,
    lastRun: snapshot.lastRun?.outcome ?? null,
  };
}
