import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { RuntimeError } from '../../shared/errors.ts';
import { PeerRoleName } from '../../shared/views/cluster-views.ts';
import { checkPrivate, replacePrivateFile } from '../store/private-file.ts';
import { isNodeId } from './identity/node-id.ts';

const nodeId = z.string().refine(isNodeId, 'no node id');

/** A node that this one lets in. Its id is the hash of its key, so nothing else is needed to know it again. */
export const Pair = z.object({
  node: nodeId,
  name: z.string(),
  role: PeerRoleName,
  /** Where it was met, the latest first; hints, since the key decides. */
  addresses: z.array(z.string()),
  /** The hub whose list it came with; null: it was paired with this node itself. */
  introducedBy: nodeId.nullable(),
  pairedAt: z.number(),
  /** Of the last start of it that was met: how many there had been, and which one it was. */
  generation: z.int(),
  boot: z.string(),
  /** Two nodes claimed to be it, so both are refused until a person decides. */
  duplicate: z.boolean(),
});
export type Pair = z.infer<typeof Pair>;

export const ClusterState = z.object({
  version: z.literal(1),
  cluster: z.object({ id: z.string(), name: z.string(), hub: nodeId }).nullable(),
  /** What this node is called; null: as its computer is. */
  ownName: z.string().nullable().default(null),
  port: z.int(),
  mdns: z.boolean(),
  /** Addresses that a person gave. */
  peers: z.array(z.string()),
  /** Grows with each start as part of a cluster, never behind the clock: what a copy of the disk goes on from is seen. */
  generation: z.int(),
  pairs: z.array(Pair),
});
export type ClusterState = z.infer<typeof ClusterState>;

const outside: ClusterState = {
  version: 1,
  cluster: null,
  ownName: null,
  port: 0,
  mdns: false,
  peers: [],
  generation: 0,
  pairs: [],
};

/**
 * What this node knows of its cluster and whom it lets in, in a file of its own beside the database: a restored backup
 * must not let in again who was revoked. Without a path it is kept in memory only.
 */
export class ClusterBook {
  readonly #path: string | null;
  readonly #listeners = new Set<() => void>();
  #state: ClusterState;
  #hasCounted = false;

  /** @throws RuntimeError `DATA_DIR_UNSAFE` */
  constructor(path: string | null) {
    this.#path = path;
    this.#state = path && existsSync(path) ? read(path) : outside;
  }

  get state(): ClusterState {
    return this.#state;
  }

  pair(node: string): Pair | undefined {
    return this.#state.pairs.find((pair) => pair.node === node);
  }

  /** Written durably when it returns. */
  change(changes: Partial<Omit<ClusterState, 'version'>>): void {
    this.#change(changes, (next) => this.#write(next));
  }

  /** What is worth knowing, but not worth failing for: on a full disk it is known until the program ends. */
  note(changes: Partial<Omit<ClusterState, 'version'>>): void {
    this.#change(changes, (next) => {
      try {
        this.#write(next);
      } catch {
        // The disk is full, and its being full is told elsewhere.
      }
    });
  }

  /** Counts this start, once: before the first word to a peer, which would else take it for a copy. */
  countStart(now: number): void {
    if (this.#hasCounted) return;
    this.#hasCounted = true;
    this.note({ generation: Math.max(this.#state.generation + 1, Math.floor(now / 1_000)) });
  }

  /** Adds a pair, or changes the one with its node; `besides`: what changes in the same moment. */
  put(pair: Pair, besides: Pick<Partial<ClusterState>, 'cluster'> = {}): void {
    this.change({ ...besides, pairs: this.#with(pair) });
  }

  /** The same for what a pair was seen to be, see `note`. */
  notePair(pair: Pair): void {
    this.note({ pairs: this.#with(pair) });
  }

  remove(node: string): void {
    this.change({ pairs: this.#state.pairs.filter((pair) => pair.node !== node) });
  }

  /** Out of the cluster, paired with nobody; only the count of starts and its own name stay. */
  reset(): void {
    const { generation, ownName } = this.#state;
    this.change({ ...outside, generation, ownName });
  }

  /** Calls back after each change. Returns what undoes it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #with(pair: Pair): Pair[] {
    const others = this.#state.pairs.filter(({ node }) => node !== pair.node);
    const at = this.#state.pairs.findIndex(({ node }) => node === pair.node);
    return others.toSpliced(at < 0 ? others.length : at, 0, pair);
  }

  #change(changes: Partial<Omit<ClusterState, 'version'>>, keep: (next: ClusterState) => void): void {
    const next = { ...this.#state, ...changes };
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return;
    keep(next);
    this.#state = next;
    for (const listener of [...this.#listeners]) listener();
  }

  #write(state: ClusterState): void {
    if (this.#path) replacePrivateFile(this.#path, `${JSON.stringify(state, null, 2)}\n`);
  }
}

function read(path: string): ClusterState {
  checkPrivate(path);
  try {
    return ClusterState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const message = `${path} cannot be read: move it away to start outside of any cluster, and pair again.`;
    throw new RuntimeError('DATA_DIR_UNSAFE', message, { path }, { cause });
  }
}
