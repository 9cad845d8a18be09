import type { JournalEntryView } from '../../src/shared/views/views.ts';

/** One effect as the outside saw it. */
export interface SeenEffect {
  /** The node it came from; null: that cannot be told. */
  node: number | null;
  /** Epoch ms of the one clock of the machine. */
  at: number;
  /** The key of the call: the same for every try of one step. */
  key: string;
  /** `process/number` */
  what: string;
}

/** What one journal, or one branch of it, says was begun: its ownership, when, and the key of the call. */
export interface Begun {
  process: string;
  epoch: number;
  at: number;
  key: string | null;
  /** In what an old owner wrote alone: the process does not have it in its past. */
  isAside: boolean;
}

/** An effect, and who did it: the last that noted its call before it was seen. */
export interface DoneBy {
  effect: SeenEffect;
  begun: Begun | undefined;
}

const beginnings = ['run.started', 'step.intended'];

export function begunIn(
  process: string,
  entries: readonly (Pick<JournalEntryView, 'at' | 'kind' | 'epoch'> & { body: unknown })[],
  isAside = false,
): Begun[] {
  return entries
    .filter(({ kind }) => beginnings.includes(kind))
    .map(({ at, epoch, body }) => {
      const { callKey } = body as { callKey?: string };
      return { process, epoch, at, key: callKey ?? null, isAside };
    });
}

export function doneBy(begun: readonly Begun[], effects: readonly SeenEffect[]): DoneBy[] {
  const byKey = Map.groupBy(
    begun.filter(({ key }) => key !== null),
    ({ key }) => key,
  );
  return effects.map((effect) => {
    const noted = (byKey.get(effect.key) ?? []).filter(({ at }) => at <= effect.at).sort((x, y) => x.at - y.at);
    return { effect, begun: noted.at(-1) };
  });
}

interface Span {
  epoch: number;
  nodes: Set<number>;
  first: number;
  last: number;
}

/**
 * Steps that began in one ownership while those of another went on, and ownerships that were at two nodes. A call that
 * `mayRepeat` need not have been noted durably before, so a node that is lost in that moment takes the note along.
 */
export function overlapsIn(
  begun: readonly Begun[],
  effects: readonly DoneBy[],
  mayRepeat: (what: string) => boolean,
): string[] {
  const problems: string[] = [];
  const seen: (Begun & { node: number | null })[] = begun.map((one) => ({ ...one, node: null }));
  for (const { effect, begun: last } of effects) {
    const { node, at, what } = effect;
    if (last) seen.push({ ...last, at, node });
    else if (!mayRepeat(what))
      problems.push(`${what} took place at node ${node ?? 'unknown'} without being noted before`);
  }
  for (const [process, all] of Map.groupBy(seen, (one) => one.process)) {
    const spans = [...Map.groupBy(all, ({ epoch }) => epoch)].map(([epoch, some]) => spanOf(epoch, some));
    spans.sort((x, y) => x.epoch - y.epoch);
    for (const [index, span] of spans.entries()) {
      const next = spans[index + 1];
      if (span.nodes.size > 1)
        problems.push(`${process}: ownership ${span.epoch} was at the nodes ${[...span.nodes].join(' and ')}`);
      if (next && next.first < span.last)
        problems.push(
          `${process}: ownership ${next.epoch} began ${span.last - next.first} ms before ${span.epoch} ended its last`,
        );
    }
  }
  return problems;
}

function spanOf(epoch: number, some: readonly { at: number; node: number | null }[]): Span {
  const times = some.map(({ at }) => at);
  return {
    epoch,
    nodes: new Set(some.flatMap(({ node }) => node ?? [])),
    first: Math.min(...times),
    last: Math.max(...times),
  };
}
