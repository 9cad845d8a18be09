import type { CarriedErasure, ErasureFinding, ErasureReceipt } from '../../../shared/erasure-receipt.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import { LocalRows } from '../../context/memory/local-rows.ts';
import { TraceFinder } from '../../lib/traces.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import type { Database } from '../../store/database.ts';
import { DatabaseUpkeep } from '../../store/database-upkeep.ts';
import { areListed, type CheckParts, checkFiles } from './erasure-check.ts';
import { clearLists } from './erasure-lists.ts';

/** The other nodes of a cluster, which may keep what is forgotten here: copies of journals, and what was here before. */
export interface OtherNodes {
  members(): readonly { node: string; name: string }[];
  /** Has a node, or this one, take it out of what it keeps for others; what is found there afterwards. @throws where it cannot now. */
  forget(node: string | null, erasure: CarriedErasure): Promise<ErasureFinding[]>;
}

type Nodes = NonNullable<ErasureReceipt['nodes']>;
type Carried = Pick<ErasureReceipt, 'id' | 'memories' | 'salt' | 'traces' | 'erased'>;

/** What came of asking a node. */
export interface Asked {
  readonly node: string;
  readonly finding: ErasureFinding;
}

/** Asks nodes to forget what a receipt is about; those that cannot be asked now are pending since it was erased. */
export function askNodes(
  { erased, ...receipt }: Carried,
  nodes: Nodes,
  others: OtherNodes | undefined,
  since: number,
): Promise<Asked[]> {
  const { id, memories, salt, traces } = receipt;
  const erasure = { id, memories, salt, traces, ends: erased.ends ?? [] };
  return Promise.all(
    nodes.map(async ({ node, name, doneAt }): Promise<Asked> => {
      try {
        if (!others) throw new RuntimeError('CLUSTER_OFF', 'This node is in no cluster any more.');
        return { node, finding: summed(name, await others.forget(node, erasure)) };
      } catch (thrown) {
        const note = `${asError(thrown).message}${doneAt === null ? '' : ' It had forgotten it before.'}`;
        return { node, finding: { place: 'copies', name, at: doneAt ?? since, state: 'pending', note } };
      }
    }),
  );
}

function summed(name: string, findings: readonly ErasureFinding[]): ErasureFinding {
  const bad = findings.filter(({ state }) => state !== 'clean');
  const state = bad.some((one) => one.state === 'found') ? 'found' : bad.length > 0 ? 'unknown' : 'clean';
  const note = bad.map((one) => `${one.name}: ${one.state}. ${one.note}`.trim()).join(' ');
  return { place: 'copies', name, at: null, state, note };
}

/** Takes out of this node's lists and memory what an agent of another node was made to forget. */
export function forgetForOthers(
  erasure: CarriedErasure,
  { database, list }: { database: Database; list(): readonly AgentProcess[] },
): void {
  const finder = new TraceFinder(erasure.traces, erasure.salt);
  const isTelling = (json: string) => finder.isIn(json);
  clearLists(database, isTelling);
  const own = new Set(list().flatMap((one) => (one.knownConfig ? one.memory.space : [])));
  const ids = new Set(erasure.memories.map(({ id }) => id));
  const rows = database.prepare('SELECT space, key, content FROM memories').all() as {
    space: string;
    key: string;
    content: string;
  }[];
  // What agents of this node remember is theirs. The others have theirs where they live, and bring it when they come.
  const stale = rows.filter(({ space, key, content }) => !own.has(space) && (ids.has(key) || isTelling(content)));
  const memory = new LocalRows(database);
  for (const { space, key } of stale) memory.delete(space, key);
  if (stale.length > 0) memory.scrub();
  // Pages of what was cut or dropped before may still hold it.
  new DatabaseUpkeep(database).writeAnew();
}

/** Looks for it in what screens of this node list, and in its files. */
export async function lookForOthers({ traces, salt }: CarriedErasure, parts: CheckParts): Promise<ErasureFinding[]> {
  const finder = new TraceFinder(traces, salt);
  const findings: ErasureFinding[] = [];
  if (areListed(parts.database, finder))
    findings.push({ place: 'lists', name: 'What screens list', at: null, state: 'found', note: '' });
  await checkFiles(parts, finder, (place, name, state, note = '', at = null) => {
    findings.push({ place, name, at, state, note });
  });
  return findings;
}
