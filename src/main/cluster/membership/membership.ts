import type { NodeReport, NodeState } from '../../../shared/views/cluster-views.ts';
import { leaseMs } from '../leases/leases.ts';

/** What this node knows of another, as a fold over what it has seen of it. Times are this node's steady clock. */
export interface NodeLife {
  readonly state: NodeState;
  readonly since: number;
  /** Pings in a row without an answer. */
  readonly misses: number;
  /** Nodes that could not reach it either, since it last showed itself. */
  readonly confirmedBy: readonly string[];
  /** The last time it showed itself: to this node, or to one that this node asked. */
  readonly seenAt: number;
  /** When it changed between answering and not, as long as that counts. */
  readonly changes: readonly number[];
  /** It came and went too often, so until then it is not called alive again. */
  readonly heldUntil: number | null;
  readonly roundTripMs: number | null;
  readonly clockSkewMs: number | null;
  readonly report: NodeReport | null;
}

export type Membership = ReadonlyMap<string, NodeLife>;

export type Sighting =
  | { kind: 'joined' | 'left' | 'heard' | 'missed' | 'goodbye'; node: string; at: number }
  | { kind: 'answered'; node: string; at: number; roundTripMs: number; clockSkewMs: number; report: NodeReport }
  /** Another node was asked whether it reaches this one. `probes`: how many such nodes there are to ask, two at most. */
  | { kind: 'probed'; node: string; at: number; via: string; reached: boolean; probes: number }
  | { kind: 'passed'; at: number };

export const suspectAfterMisses = 3;
export const indirectProbes = 2;
/** Until then its lease may still hold, so nobody may take it for dead. */
export const deadAfterMs = leaseMs;
export const flapWindowMs = 300_000;
export const flapChanges = 3;
export const flapHoldMs = 60_000;

/** One more sighting. Pure: the same sightings give the same membership, on every node and in every test. */
export function afterSighting(membership: Membership, sighting: Sighting): Membership {
  if (sighting.kind === 'passed') return afterTime(membership, sighting.at);
  const { node, at, kind } = sighting;
  const known = membership.get(node);
  if (kind === 'left') return known ? without(membership, node) : membership;
  if (kind === 'joined') return known ? membership : withLife(membership, node, newcomer(at));
  if (!known) return membership;
  return withLife(membership, node, nextLife(known, sighting, at));
}

function nextLife(life: NodeLife, sighting: Exclude<Sighting, { kind: 'passed' }>, at: number): NodeLife {
  switch (sighting.kind) {
    case 'answered': {
      const { roundTripMs, clockSkewMs, report } = sighting;
      return shown({ ...life, roundTripMs, clockSkewMs, report }, at);
    }
    case 'heard':
      return shown(life, at);
    case 'missed':
      // Who said goodbye is expected not to answer.
      return life.state === 'asleep' ? life : doubted({ ...life, misses: life.misses + 1 }, at, indirectProbes);
    case 'probed':
      if (sighting.reached) return { ...life, confirmedBy: [], seenAt: at };
      return doubted({ ...life, confirmedBy: [...new Set([...life.confirmedBy, sighting.via])] }, at, sighting.probes);
    case 'goodbye':
      return life.state === 'asleep' ? life : { ...life, state: 'asleep', since: at, misses: 0, confirmedBy: [] };
    default:
      return life;
  }
}

/** It showed itself: alive again, unless it did that too often lately. */
function shown(life: NodeLife, at: number): NodeLife {
  const seen: NodeLife = { ...life, misses: 0, confirmedBy: [], seenAt: at };
  if (life.state === 'alive') return seen;
  if (life.state === 'asleep') return { ...seen, state: 'alive', since: at };
  if (life.heldUntil !== null && at < life.heldUntil)
    return { ...seen, state: 'suspect', since: life.state === 'dead' ? at : life.since };
  return counted({ ...seen, state: 'alive', since: at, heldUntil: null }, at);
}

/** Suspected only when this node and those it asked agree; where there is nobody to ask, this node's word stands. */
function doubted(life: NodeLife, at: number, probes: number): NodeLife {
  const agreed = life.confirmedBy.length >= Math.min(probes, indirectProbes);
  if (life.state !== 'alive' || life.misses < suspectAfterMisses || !agreed) return life;
  return counted({ ...life, state: 'suspect', since: at }, at);
}

/** The third change within five minutes holds it back for one. */
function counted(life: NodeLife, at: number): NodeLife {
  const changes = [...life.changes.filter((change) => at - change < flapWindowMs), at];
  const flaps = changes.length >= flapChanges && life.state === 'suspect';
  return { ...life, changes, heldUntil: flaps ? at + flapHoldMs : life.heldUntil };
}

function afterTime(membership: Membership, at: number): Membership {
  const next = new Map<string, NodeLife>();
  let changed = false;
  for (const [node, life] of membership) {
    const dies = life.state === 'suspect' && life.misses > 0 && at - life.seenAt >= deadAfterMs;
    next.set(node, dies ? { ...life, state: 'dead', since: at } : life);
    changed ||= dies;
  }
  return changed ? next : membership;
}

/** A node nobody has heard of yet is given the benefit of the doubt, as long as a lease lasts. */
function newcomer(at: number): NodeLife {
  return {
    state: 'suspect',
    since: at,
    misses: 0,
    confirmedBy: [],
    seenAt: at,
    changes: [],
    heldUntil: null,
    roundTripMs: null,
    clockSkewMs: null,
    report: null,
  };
}

function withLife(membership: Membership, node: string, life: NodeLife): Membership {
  return membership.get(node) === life ? membership : new Map(membership).set(node, life);
}

function without(membership: Membership, node: string): Membership {
  const rest = new Map(membership);
  rest.delete(node);
  return rest;
}
