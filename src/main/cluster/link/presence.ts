import { z } from 'zod';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { ClusterBook } from '../cluster-book.ts';
import type { PeerSession } from './session.ts';

/** As others are shown it: nothing in it can draw on a screen or turn its writing round. */
export const NodeName = z
  .string()
  .min(1)
  .max(200)
  .transform((name) => name.replace(/\p{C}/gu, '�'));

/** What nodes tell each other first. Their ids are not in it: those are proven. */
export const Hello = z.object({
  protocol: z.literal(1),
  name: NodeName,
  version: z.string().max(64),
  /** Drawn anew at each start. */
  boot: z.string().min(8).max(64),
  generation: z.int().min(0),
  /** Where it listens for peers; null: nowhere. */
  port: z.int().min(1).max(65_535).nullable(),
});
export type Hello = z.infer<typeof Hello>;

/** How long an older session may take to show that its node still runs. */
const proofOfLifeMs = 1_500;

/** @throws RuntimeError `PEER_UNREACHABLE` */
export function readHello(hello: Json): Hello {
  const read = Hello.safeParse(hello);
  if (read.success) return read.data;
  throw new RuntimeError('PEER_UNREACHABLE', 'The peer speaks another version of the protocol.');
}

/**
 * Notices when two nodes claim to be one, as after a disk was copied, and shuts both out. A node counts its starts and
 * draws a number at each. So the same key with a count that does not grow, or with two numbers that live at a time, is
 * two nodes.
 * @throws RuntimeError `NODE_ID_DUPLICATE`, `PEER_REFUSED`
 */
export async function admitOne(
  book: ClusterBook,
  node: string,
  hello: Hello,
  others: readonly PeerSession[],
): Promise<void> {
  const known = book.pair(node);
  if (!known) throw new RuntimeError('PEER_REFUSED', 'This node is not paired with yours any more.');
  if (known.duplicate) throw duplicate(known.name);
  if (known.boot === hello.boot) return;
  const lives = hello.generation > known.generation ? await anyAlive(others) : known.boot !== '';
  const latest = book.pair(node);
  if (!latest) throw new RuntimeError('PEER_REFUSED', 'This node is not paired with yours any more.');
  if (lives) {
    book.notePair({ ...latest, duplicate: true });
    throw duplicate(latest.name);
  }
  book.notePair({ ...latest, boot: hello.boot, generation: hello.generation });
}

async function anyAlive(sessions: readonly PeerSession[]): Promise<boolean> {
  const proofs = sessions.map((session) => session.ask('alive', null, proofOfLifeMs));
  return Promise.any(proofs).then(
    () => true,
    () => false,
  );
}

export function duplicate(name: string): RuntimeError {
  const message = `Two nodes claim to be ${name}: both are refused until a person has decided which one is.`;
  return new RuntimeError('NODE_ID_DUPLICATE', message, { name });
}
