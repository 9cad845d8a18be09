import { z } from 'zod';
import { PlacementConfig } from '../../../shared/config/placement-config.ts';
import type { Json } from '../../../shared/json.ts';
import type { Peers } from '../peers.ts';
import type { HeldLease, Holder, Lease, LeaseAnswer, LeaseList, Leases, LeaseWish } from './leases.ts';

const failover = PlacementConfig.shape.failover.unwrap();
const head = z.object({ seq: z.int().min(0), hash: z.string().max(100) });
const name = z.string().min(1).max(100);
const session = z.string().min(1).max(100);
const epoch = z.int().min(0);
const Wish = z.object({ process: name, failover });
const mostAtOnce = 10_000;

/** What may be asked of an arbiter, and what with. Who asks is known from the connection. */
export const leaseQuestions = {
  'lease.acquire': z.object({ session, wishes: z.array(Wish).max(mostAtOnce) }),
  'lease.renew': z.object({
    session,
    held: z.array(Wish.extend({ epoch, head: head.exactOptional() })).max(mostAtOnce),
  }),
  'lease.release': z.object({ session, process: name, epoch, to: z.string().max(100).exactOptional() }),
  'lease.force': z.object({ session, wish: Wish }),
  'lease.forget': z.object({ session, process: name, epoch }),
  'lease.evict': z.object({ node: z.string().min(1).max(100) }),
  'lease.list': z.object({}),
} as const;

const LeaseShape = z.object({
  process: z.string(),
  epoch,
  owner: z.string().nullable(),
  session: z.string().nullable(),
  failover,
  renewedAt: z.number(),
  expiresAt: z.number(),
  freeAt: z.number().nullable(),
  reservedFor: z.string().nullable(),
  head: head.nullable(),
});
const AnswerShape = z.discriminatedUnion('granted', [
  z.object({ granted: z.literal(true), process: z.string(), lease: LeaseShape }),
  z.object({
    granted: z.literal(false),
    process: z.string(),
    refusal: z.enum(['held', 'stale', 'unknown', 'limit']),
    lease: LeaseShape.nullable(),
  }),
]);
const ListShape = z.object({
  now: z.number(),
  leases: z.array(LeaseShape),
  limits: z.object({ nodes: z.number().nullable(), processes: z.number().nullable() }),
});

/** An answer that takes longer is of little use: the next renewal is due. */
const answerWithinMs = 3_000;

/** The leases of a hub, as another node asks for them. */
export class LeasesOfHub implements Leases {
  readonly #peers: Peers;
  readonly #hub: () => string;

  /** `hub` is asked each time: it may be another one tomorrow. */
  constructor(peers: Peers, hub: () => string) {
    this.#peers = peers;
    this.#hub = hub;
  }

  async acquire({ session }: Holder, wishes: readonly LeaseWish[]): Promise<LeaseAnswer[]> {
    return z.array(AnswerShape).parse(await this.#ask('lease.acquire', { session, wishes }));
  }

  async renew({ session }: Holder, held: readonly HeldLease[]): Promise<LeaseAnswer[]> {
    return z.array(AnswerShape).parse(await this.#ask('lease.renew', { session, held }));
  }

  async release({ session }: Holder, process: string, epoch: number, to?: string): Promise<boolean> {
    return z.boolean().parse(await this.#ask('lease.release', { session, process, epoch, ...(to ? { to } : {}) }));
  }

  async force({ session }: Holder, wish: LeaseWish): Promise<Lease> {
    return LeaseShape.parse(await this.#ask('lease.force', { session, wish }));
  }

  async evict(node: string): Promise<string[]> {
    return z.array(z.string()).parse(await this.#ask('lease.evict', { node }));
  }

  async forget({ session }: Holder, process: string, epoch: number): Promise<boolean> {
    return z.boolean().parse(await this.#ask('lease.forget', { session, process, epoch }));
  }

  async list(): Promise<LeaseList> {
    return ListShape.parse(await this.#ask('lease.list', {}));
  }

  #ask(question: keyof typeof leaseQuestions, body: unknown): Promise<Json> {
    return this.#peers.ask(this.#hub(), question, body as Json, { timeoutMs: answerWithinMs });
  }
}
