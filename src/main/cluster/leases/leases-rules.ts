import {
  eagerAfterMs,
  type HeldLease,
  type Holder,
  type Lease,
  type LeaseAnswer,
  type LeaseLimits,
  type LeaseRefusal,
  type LeaseWish,
  leaseMs,
  reservedMs,
  takeOverMarginMs,
} from './leases.ts';

/** A lease as stores keep it. A process that was forgotten has one too, with `isForgotten`. */
export interface LeaseRecord extends Omit<Lease, 'freeAt'> {
  readonly isForgotten: boolean;
}

/** What a question changes, and what it is answered with. All stores decide by these functions, inside a transaction. */
export interface Decision {
  readonly answer: LeaseAnswer;
  /** The record as it is from now on; left out: as it was. */
  readonly next?: LeaseRecord;
}

/** Whether the arbiter takes what is one more. */
export interface Room {
  readonly node: boolean;
  readonly process: boolean;
}

export function decideAcquire(
  record: LeaseRecord | undefined,
  holder: Holder,
  wish: LeaseWish,
  now: number,
  room: Room,
): Decision {
  if (record && isHeldBy(record, holder)) return granted(kept(record, wish, now));
  const isNew = !record || record.isForgotten;
  // The same node in another session: the program that held it has ended, since a data folder has one program.
  if (!isNew && record.owner !== holder.node && !isFree(record, holder.node, now)) {
    return refused(record, wish.process, 'held');
  }
  if (!room.node || (isNew && !room.process)) return refused(record, wish.process, 'limit');
  return granted(owned(record, holder, wish, now));
}

export function decideRenew(record: LeaseRecord | undefined, holder: Holder, held: HeldLease, now: number): Decision {
  if (!record || record.isForgotten) return refused(record, held.process, 'unknown');
  if (record.epoch !== held.epoch || !isHeldBy(record, holder)) return refused(record, held.process, 'stale');
  return granted({ ...kept(record, held, now), head: held.head ?? record.head });
}

/** The record after a release; left out: it was not the holder's to give. */
export function decideRelease(
  record: LeaseRecord | undefined,
  holder: Holder,
  epoch: number,
  now: number,
  to?: string,
): LeaseRecord | undefined {
  if (!record || record.epoch !== epoch || !isHeldBy(record, holder)) return undefined;
  return {
    ...record,
    owner: null,
    session: null,
    expiresAt: to === undefined ? now : now + reservedMs,
    reservedFor: to ?? null,
  };
}

/** Whether a release was done by an earlier asking of the same question (L4). */
export function wasReleased(record: LeaseRecord | undefined, epoch: number): boolean {
  return record !== undefined && record.epoch === epoch && record.owner === null;
}

export function decideForce(
  record: LeaseRecord | undefined,
  holder: Holder,
  wish: LeaseWish,
  now: number,
): Required<Decision> {
  if (record && isHeldBy(record, holder)) return granted(kept(record, wish, now));
  return granted(owned(record, holder, wish, now));
}

/** What an evicted node had: fenced, and free for anyone. */
export function evicted(record: LeaseRecord, now: number): LeaseRecord {
  return {
    ...record,
    epoch: record.epoch + 1,
    owner: null,
    session: null,
    expiresAt: now,
    reservedFor: null,
  };
}

export function forgotten(record: LeaseRecord): LeaseRecord {
  return { ...record, owner: null, session: null, reservedFor: null, head: null, isForgotten: true };
}

export function leaseOf(record: LeaseRecord): Lease {
  const { isForgotten: _, ...rest } = record;
  return { ...rest, freeAt: freeAt(record) };
}

/** `owners` are those of all leases; a forgotten process needs no room. */
export function roomFor(node: string, owners: readonly (string | null)[], limits: LeaseLimits): Room {
  const nodes = new Set(owners.filter((owner) => owner !== null));
  return {
    node: limits.nodes === null || nodes.has(node) || nodes.size < limits.nodes,
    process: limits.processes === null || owners.length < limits.processes,
  };
}

function kept(record: LeaseRecord, { failover }: LeaseWish, now: number): LeaseRecord {
  return { ...record, failover, renewedAt: now, expiresAt: now + leaseMs };
}

function owned(record: LeaseRecord | undefined, holder: Holder, wish: LeaseWish, now: number): LeaseRecord {
  return {
    process: wish.process,
    epoch: (record?.epoch ?? 0) + 1,
    owner: holder.node,
    session: holder.session,
    failover: wish.failover,
    renewedAt: now,
    expiresAt: now + leaseMs,
    reservedFor: null,
    head: record?.head ?? null,
    isForgotten: false,
  };
}

function isHeldBy(record: LeaseRecord, { node, session }: Holder): boolean {
  return record.owner === node && record.session === session;
}

function freeAt(record: LeaseRecord): number | null {
  if (record.owner === null) return record.expiresAt;
  if (record.failover === 'auto') return record.expiresAt + takeOverMarginMs;
  return record.failover === 'eager' ? record.renewedAt + eagerAfterMs : null;
}

function isFree(record: LeaseRecord, node: string, now: number): boolean {
  if (record.owner === null && (record.reservedFor === null || record.reservedFor === node)) return true;
  const free = freeAt(record);
  return free !== null && now >= free;
}

function granted(next: LeaseRecord): Required<Decision> {
  return { answer: { granted: true, process: next.process, lease: leaseOf(next) }, next };
}

function refused(record: LeaseRecord | undefined, process: string, refusal: LeaseRefusal): Decision {
  const lease = record && !record.isForgotten ? leaseOf(record) : null;
  return { answer: { granted: false, process, refusal, lease } };
}
