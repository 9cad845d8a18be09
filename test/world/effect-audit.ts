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
}

const beginnings = ['run.started', 'step.intended'];

export function begunIn(
  process: string,
  entries: readonly (Pick<JournalEntryView, 'at' | 'kind' | 'epoch'> & { body: unknown })[],
): Begun[] {
  return entries
    .filter(({ kind }) => beginnings.includes(kind))
    .map(({ at, epoch, body }) => ({ process, epoch, at, key: (body as { callKey?: string }).callKey ?? null }));
}

interface Span {
  epoch: number;
  nodes: Set<number>;
  first: number;
  last: number;
}

/**
 * Steps that began in one ownership while those of another went on, and ownerships that were at two nodes. An effect
 * belongs to the ownership that noted it last before it was seen; one that `mayRepeat` need not have been noted durably
 * before, so a node that is lost in that moment takes the note along.
 */
export function overlapsIn(
  begun: readonly Begun[],
  effects: readonly SeenEffect[],
  mayRepeat: (what: string) => boolean,
): string[] {
  const problems: string[] = [];
  const byKey = Map.groupBy(
    begun.filter(({ key }) => key !== null),
    ({ key }) => key,
  );
  const seen: (Begun & { node: number | null })[] = begun.map((one) => ({ ...one, node: null }));
  for (const { node, at, key, what } of effects) {
    const noted = (byKey.get(key) ?? []).filter((one) => one.at <= at).sort((x, y) => x.at - y.at);
    const last = noted.at(-1);
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
