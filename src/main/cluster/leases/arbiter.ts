import type { z } from 'zod';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { PeerRole, Peers } from '../peers.ts';
import type { Holder, Leases } from './leases.ts';
import { leaseQuestions } from './leases-questions.ts';

type Question = keyof typeof leaseQuestions;
type Body<Q extends Question> = z.infer<(typeof leaseQuestions)[Q]>;

/**
 * Answers what other nodes ask about leases, in the name of the node that asks: nobody holds, gives back or deletes for
 * another. Only members own processes; only a hub takes them from a node that is no longer trusted. Returns what undoes it.
 */
export function arbitrate(peers: Peers, leases: Leases): () => void {
  const undo: (() => void)[] = [];
  const on = <Q extends Question>(
    question: Q,
    least: PeerRole,
    answer: (body: Body<Q>, from: string) => Promise<unknown>,
  ): void => {
    const schema = leaseQuestions[question];
    undo.push(
      peers.answer(question, least, async ({ from, body }) => {
        const read = schema.safeParse(body);
        if (!read.success) {
          const where = read.error.issues[0];
          throw new RuntimeError(
            'REQUEST_INVALID',
            `"${question}" cannot be answered: ${where?.path.join('.') || 'the body'}: ${where?.message}.`,
            { question },
          );
        }
        return (await answer(read.data as Body<Q>, from)) as Json;
      }),
    );
  };
  const holder = (node: string, session: string): Holder => ({ node, session });
  on('lease.acquire', 'member', ({ session, wishes }, from) => leases.acquire(holder(from, session), wishes));
  on('lease.renew', 'member', ({ session, held }, from) => leases.renew(holder(from, session), held));
  on('lease.release', 'member', ({ session, process, epoch, to }, from) =>
    leases.release(holder(from, session), process, epoch, to),
  );
  on('lease.force', 'member', ({ session, wish }, from) => leases.force(holder(from, session), wish));
  on('lease.forget', 'member', ({ session, process, epoch }, from) =>
    leases.forget(holder(from, session), process, epoch),
  );
  on('lease.evict', 'hub', ({ node }) => leases.evict(node));
  on('lease.list', 'observe', () => leases.list());
  return () => {
    for (const stop of undo) stop();
  };
}
