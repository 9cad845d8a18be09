import { anywhere, PlacementConfig } from '../../../shared/config/placement-config.ts';
import type { LocalProcess } from '../../../shared/crossing.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Failover } from '../leases/leases.ts';

/** Where a process may live, by its newest definition in a journal, whether or not it runs. */
export async function placementIn(journal: Journal, process: string): Promise<PlacementConfig> {
  const [entry] = await journal.read(process, {
    kinds: ['process.created', 'definition.changed', 'checkpoint'],
    order: 'desc',
    limit: 1,
  });
  if (!entry || 'erased' in entry.body) return anywhere;
  const definition = (
    entry.kind === 'checkpoint' ? entry.body.snapshot['definition'] : (entry.body as { definition?: Json }).definition
  ) as Json | undefined;
  const manifest = isJsonObject(definition) ? definition['manifest'] : undefined;
  const read = PlacementConfig.safeParse(isJsonObject(manifest) ? (manifest['placement'] ?? {}) : {});
  return read.success ? read.data : anywhere;
}

/** Whether what a journal says last of a process is that it was deleted. */
export async function isDeletedIn(journal: Journal, process: string): Promise<boolean> {
  const kinds = ['process.created', 'process.deleted', 'process.restored', 'checkpoint'] as const;
  const [entry] = await journal.read(process, { kinds: [...kinds], order: 'desc', limit: 1 });
  if (!entry || 'erased' in entry.body) return false;
  return entry.kind === 'checkpoint' ? entry.body.snapshot['deleted'] === true : entry.kind === 'process.deleted';
}

/** The processes that a journal tells of, those left out that were deleted. */
export async function livedIn(journal: Journal): Promise<string[]> {
  const lived: string[] = [];
  for (const stream of await journal.processes())
    if (!stream.startsWith('@') && !(await isDeletedIn(journal, stream))) lived.push(stream);
  return lived;
}

/** The same before the process has been read: whether all it does may be done twice is not known yet. */
export async function cautiousFailover(journal: Journal, process: string): Promise<Failover> {
  const { failover } = await placementIn(journal, process);
  return failover === 'eager' ? 'auto' : failover;
}

/** Two may work at once only where all they do may be done twice; what is not sure of that pauses instead. */
export function failoverFor({ placement: { failover }, isRepeatable }: LocalProcess): Failover {
  return failover === 'eager' && !isRepeatable ? 'auto' : failover;
}
