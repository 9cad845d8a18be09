import type { KeyObject } from 'node:crypto';
import type { CarriedSecret } from '../../../shared/crossing.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import { roleAllows } from '../answers.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Identity } from '../identity/identity.ts';
import type { PeerRequest, Peers } from '../peers.ts';
import type { Needing } from './candidates.ts';
import { makeOffer, openParcel, sealParcel } from './secret-parcel.ts';

export interface CarrierParts {
  readonly peers: Peers;
  readonly local: LocalNode;
  /** Left out: this node has no key, so nothing can be sealed for it, and it carries nothing. */
  readonly identity?: Identity;
}

/**
 * Takes secrets along that a person set or a manifest brought, to where their process moves or may have to go on.
 *
 * Invariants:
 *   X1. Outside of vaults a value is in memory only, and on its way sealed for the one node that the process goes to, with
 *       keys that are gone afterwards. Nothing of it is in a journal or a log.
 *   X2. They go to nodes that may own processes, and are taken from those only; never into the vault of a process that
 *       lives where they arrive.
 *   X3. They are in the vault there before the process can be, and here until it is known to live there.
 */
export class SecretCarrier {
  readonly #parts: CarrierParts;
  readonly #undo: (() => void)[];
  /** Keys that were made for parcels which have not come yet, by process and sender. */
  readonly #keys = new Map<string, KeyObject>();
  /** What was brought for processes that do not live here yet, and by whom. */
  readonly #brought = new Map<string, { from: string; names: readonly string[] }>();

  constructor(parts: CarrierParts) {
    this.#parts = parts;
    const { peers } = parts;
    this.#undo = [
      peers.answer('secrets.offer', 'member', async (request) => this.#offer(request)),
      peers.answer('secrets.take', 'member', async (request) => this.#take(request)),
      peers.answer('secrets.drop', 'member', async (request) => this.#drop(request)),
    ];
  }

  /** Names of the secrets that go along to a node; what it is not to have, it has to have already. */
  namesFor({ carries = [] }: Needing, to: string): readonly string[] {
    const peer = this.#parts.peers.list().find(({ node }) => node === to);
    return this.#parts.identity && peer && roleAllows(peer.role, 'member') ? carries : [];
  }

  /** Resolves when they are in the vault of the other node. @throws RuntimeError `PEER_REFUSED`, `PEER_UNREACHABLE`, `KEYCHAIN_UNAVAILABLE`. */
  async send(process: Needing, to: string): Promise<void> {
    const names = this.namesFor(process, to);
    if (names.length === 0) return;
    const { peers, local } = this.#parts;
    const { name } = process;
    const offer = await peers.ask(to, 'secrets.offer', { process: name });
    const secrets = local.openSecrets(name, names);
    const parcel = sealParcel(offer, { process: name, from: peers.self, to }, JSON.stringify(secrets));
    await peers.ask(to, 'secrets.take', { process: name, parcel });
  }

  /** The process stays here after all: the other node is told to forget them. */
  async takeBack(process: Needing, to: string): Promise<void> {
    if (this.namesFor(process, to).length === 0) return;
    await this.#parts.peers.ask(to, 'secrets.drop', { process: process.name }).catch(() => {});
  }

  /** The process lives there: they are no longer needed here. */
  leaveBehind(process: Needing, to: string): void {
    const names = this.namesFor(process, to);
    if (names.length > 0) this.#parts.local.forgetSecrets(process.name, names);
  }

  close(): void {
    for (const undo of this.#undo) undo();
    this.#keys.clear();
  }

  #offer({ from, body }: PeerRequest): Json {
    const { identity, peers } = this.#parts;
    const process = this.#absent(body);
    if (!identity) throw new RuntimeError('NOT_SUPPORTED', 'This node has no key that secrets can be sealed for.');
    const { privateKey, offer } = makeOffer(identity, { process, from, to: peers.self });
    this.#keys.set(`${process}\n${from}`, privateKey);
    return offer;
  }

  #take({ from, body }: PeerRequest): Json {
    const process = this.#absent(body);
    const key = `${process}\n${from}`;
    const privateKey = this.#keys.get(key);
    this.#keys.delete(key);
    if (!privateKey)
      throw new RuntimeError('REQUEST_INVALID', `No secrets of "${process}" were asked for.`, { process });
    const parcel = (body as { parcel?: Json }).parcel ?? null;
    const text = openParcel(privateKey, { process, from, to: this.#parts.peers.self }, parcel);
    const secrets = JSON.parse(text) as CarriedSecret[];
    const names = secrets.map(({ name }) => name);
    this.#parts.local.bringSecrets(process, secrets);
    const gone = this.#brought.get(process)?.names.filter((name) => !names.includes(name)) ?? [];
    if (gone.length > 0) this.#parts.local.forgetSecrets(process, gone);
    this.#brought.set(process, { from, names });
    return null;
  }

  #drop({ from, body }: PeerRequest): Json {
    const process = this.#absent(body);
    const brought = this.#brought.get(process);
    if (brought?.from !== from) return null;
    this.#parts.local.forgetSecrets(process, brought.names);
    this.#brought.delete(process);
    return null;
  }

  #absent(body: Json): string {
    const process = isJsonObject(body) ? body['process'] : undefined;
    if (typeof process !== 'string') throw new RuntimeError('REQUEST_INVALID', 'The question names no process.');
    if (!this.#parts.local.process(process)) return process;
    throw new RuntimeError('NAME_TAKEN', `"${process}" lives on this node, and its secrets are its own.`, { process });
  }
}
