import type { LocalProcess } from '../../../shared/crossing.ts';
import { toWire } from '../../../shared/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { SecretCarrier } from './secret-carrier.ts';

/** After a node did not take them. */
const againMs = 10_000;

export interface SecretCopiesParts {
  readonly carrier: SecretCarrier;
  readonly clock: Clock;
  readonly local: Pick<LocalNode, 'processes' | 'versionsOf' | 'log'>;
  /** Nodes that may go on with a process when this one is gone. */
  heirs(process: LocalProcess): readonly string[];
}

/** What a node has of a process's secrets, or why not yet. */
interface Given {
  readonly process: LocalProcess;
  /** Of each secret that it has; empty: it may have some, and is to be asked again. */
  versions: string;
  notBefore: number;
  isFailing: boolean;
}

/**
 * Keeps the secrets that processes name with the nodes that may have to go on with them: whoever takes a process over can
 * ask its former node for nothing any more. They go by the same way, and to the same nodes, as with a process that moves.
 *
 * What was given is known to this program only, and given again by the next; a node that was to have them no longer, and
 * could not be told before this program ended, keeps them sealed in its vault.
 */
export class SecretCopies {
  readonly #parts: SecretCopiesParts;
  /** By process, then by node. */
  readonly #given = new Map<string, Map<string, Given>>();
  #tending: Promise<void> | undefined;

  constructor(parts: SecretCopiesParts) {
    this.#parts = parts;
  }

  /** Gives and takes back what has changed. Costs nothing where nothing has; to be called every few seconds. */
  tend(): void {
    this.#tending ??= this.#tend().finally(() => {
      this.#tending = undefined;
    });
  }

  async #tend(): Promise<void> {
    const { local, heirs } = this.#parts;
    const processes = new Map(local.processes().map((process) => [process.name, process]));
    for (const [name, nodes] of this.#given) {
      const process = processes.get(name);
      const wanted = process?.carries?.length ? heirs(process) : [];
      for (const [node, { process: given }] of nodes) if (!wanted.includes(node)) await this.#takeBack(given, node);
    }
    for (const process of processes.values())
      if (process.carries?.length) for (const node of heirs(process)) await this.#give(process, node);
  }

  async #give(process: LocalProcess, node: string): Promise<void> {
    const { carrier, clock, local } = this.#parts;
    const nodes = this.#given.get(process.name) ?? new Map<string, Given>();
    const given = nodes.get(node) ?? { process, versions: '', notBefore: 0, isFailing: false };
    const versions = local.versionsOf(process.name, carrier.namesFor(process, node));
    if (given.versions === versions || clock.elapsed() < given.notBefore) return;
    this.#given.set(process.name, nodes.set(node, { ...given, process }));
    try {
      await carrier.send(process, node);
      nodes.set(node, { process, versions, notBefore: 0, isFailing: false });
    } catch (thrown) {
      const { code, message } = toWire(thrown);
      if (!given.isFailing)
        local.log('warn', `the secrets of "${process.name}" could not be kept on another node`, {
          node,
          code,
          reason: message,
        });
      nodes.set(node, { ...given, process, notBefore: clock.elapsed() + againMs, isFailing: true });
    }
  }

  async #takeBack(process: LocalProcess, node: string): Promise<void> {
    const nodes = this.#given.get(process.name);
    nodes?.delete(node);
    if (nodes?.size === 0) this.#given.delete(process.name);
    await this.#parts.carrier.takeBack(process, node);
  }
}
