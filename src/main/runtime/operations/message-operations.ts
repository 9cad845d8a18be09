import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { checkEventType, checkPublished } from '../../agent/tools/messaging-tools.ts';
import { MessageQueries } from '../../journal/tables/message-queries.ts';
import { sha256 } from '../../lib/hash.ts';
import type { AgentRuntime } from '../agent-runtime.ts';

type Names = 'sendMessage' | 'listMessages' | 'getMessage' | 'resendMessage' | 'cancelMessage' | 'listTopics';

/** Operations on messages between agents, and on the topics they wait in. */
export function messageOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const { broker } = runtime;
  const queries = new MessageQueries(runtime.database, runtime.journal);
  return {
    async sendMessage({ topic, content: given, to, replyTo, correlation, ttlMs, idempotencyKey }, by) {
      const content = runtime.parts.governance.redact(given);
      checkEventType(topic, 'topic');
      if (replyTo !== undefined) checkEventType(replyTo, 'topic');
      checkPublished(`The message to "${topic}"`, content);
      broker.assertRoom(topic);
      const id = idempotencyKey === undefined ? undefined : `msg_${sha256(idempotencyKey)}`;
      const [sent = ''] = await broker.send([{ topic, content, sender: by, to, replyTo, correlation, ttlMs, id }]);
      return { id: sent };
    },
    listMessages: (filter) => queries.list(filter),
    getMessage: ({ id }) => queries.get(id),
    async resendMessage({ id }, by) {
      const { topic, content, to, replyTo, correlation, state, endedAt } = await queries.get(id);
      if (endedAt === null)
        throw new RuntimeError('REQUEST_INVALID', `Message ${id} has not ended; it is ${state}.`, { state });
      broker.assertRoom(topic);
      const again = {
        topic,
        content,
        sender: by,
        to: to ?? undefined,
        replyTo: replyTo ?? undefined,
        correlation: correlation ?? undefined,
        resends: id,
      };
      const [sent = ''] = await broker.send([again]);
      return { id: sent };
    },
    async cancelMessage({ id, reason }, by) {
      await queries.get(id);
      await broker.cancel(id, reason, by);
      return queries.get(id);
    },
    async listTopics() {
      const dead = queries.deadByTopic();
      const items = broker.topics().map((state) => {
        const count = dead.get(state.topic) ?? 0;
        dead.delete(state.topic);
        return { ...state, dead: count };
      });
      for (const [topic, count] of dead)
        items.push({ topic, waiting: 0, handed: 0, oldestAt: null, takers: [], dead: count });
      return { items, next: null };
    },
  };
}
