import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { CodeDesk } from '../../lib/pairing-code.ts';
import { failed, type Lines } from './lines.ts';
import { commitmentOf, isSame, type PairingSide, pairingWords, proofOf, transcriptOf } from './transcript.ts';

/** How long each line may take while only programs speak. */
const lineMs = 10_000;

const Opening = z.object({ protocol: z.literal(1), name: z.string().min(1).max(200), commitment: z.string().max(64) });
const Reveal = z.object({ nonce: z.string().length(43) });
const Proof = z.object({ proof: z.string().max(64) });
export const ClusterCard = z.object({ id: z.string().max(64), name: z.string().max(64) });
export type ClusterCard = z.infer<typeof ClusterCard>;
const HubProof = Proof.extend({ cluster: ClusterCard });

/** Two nodes have met, and know the same code: what is left is for people to compare the words. */
export interface Met {
  other: { node: string; name: string };
  words: string[];
  cluster: ClusterCard;
}

interface Own {
  node: string;
  name: string;
}

/** The side that dials and was told the code. @throws RuntimeError `PAIRING_FAILED`, `PAIRING_CODE_INVALID` */
export async function meetAsAsker(lines: Lines, own: Own, hubNode: string, code: string): Promise<Met> {
  const asker: PairingSide = { ...own, nonce: drawNonce() };
  lines.say({ protocol: 1, name: own.name, commitment: commitmentOf(asker, 'asker') });
  const opening = read(Opening, await lines.hear(lineMs));
  lines.say({ nonce: asker.nonce });
  const { nonce } = read(Reveal, await lines.hear(lineMs));
  const hub: PairingSide = { node: hubNode, name: opening.name, nonce };
  if (!isSame(opening.commitment, commitmentOf(hub, 'hub'))) throw failed('the other side changed its mind');
  const transcript = transcriptOf(asker, hub);
  lines.say({ proof: proofOf(code, 'asker', transcript) });
  const { proof, cluster } = read(HubProof, await lines.hear(lineMs));
  if (!isSame(proof, proofOf(code, 'hub', transcript, JSON.stringify(cluster)))) {
    throw failed('the other side does not know the code that it should have shown');
  }
  return { other: { node: hubNode, name: hub.name }, words: pairingWords(transcript), cluster };
}

/** The side that shows the code. @throws RuntimeError `PAIRING_FAILED`, `PAIRING_CODE_INVALID` */
export async function meetAsHub(
  lines: Lines,
  own: Own,
  askerNode: string,
  codes: CodeDesk,
  cluster: ClusterCard,
): Promise<Met> {
  const hub: PairingSide = { ...own, nonce: drawNonce() };
  const opening = read(Opening, await lines.hear(lineMs));
  lines.say({ protocol: 1, name: own.name, commitment: commitmentOf(hub, 'hub') });
  const { nonce } = read(Reveal, await lines.hear(lineMs));
  const asker: PairingSide = { node: askerNode, name: opening.name, nonce };
  if (!isSame(opening.commitment, commitmentOf(asker, 'asker'))) throw failed('the other side changed its mind');
  lines.say({ nonce: hub.nonce });
  const transcript = transcriptOf(asker, hub);
  const { proof } = read(Proof, await lines.hear(lineMs));
  const code = codes.use((shown) => isSame(proof, proofOf(shown, 'asker', transcript)));
  lines.say({ proof: proofOf(code, 'hub', transcript, JSON.stringify(cluster)), cluster });
  return { other: { node: askerNode, name: asker.name }, words: pairingWords(transcript), cluster };
}

const drawNonce = (): string => randomBytes(32).toString('base64url');

function read<T>(schema: z.ZodType<T>, line: unknown): T {
  const result = schema.safeParse(line);
  if (result.success) return result.data;
  throw failed('the other side speaks another version of the protocol');
}
