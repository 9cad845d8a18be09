import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isWorking } from '../../../shared/lifecycle.ts';
import { LetterQueries } from '../../journal/tables/letter-queries.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { endingsOf } from '../endings.ts';

type Names = 'sendToProcess' | 'askProcess' | 'listProcessMessages' | 'clearProcessMessages';

/** What people write to processes. */
export function inboxOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const queries = new LetterQueries(runtime.database);
  return {
    sendToProcess: ({ name, ttlMs, ...writing }, by) =>
      runtime.get(name).mailbox.receive({ ...writing, ttlMs, sender: by }),
    async askProcess({ name, question, priority, timeoutMs, ttlMs }, by) {
      const process = runtime.get(name);
      if (!isWorking(process.state)) {
        throw new RuntimeError(
          'INBOX_CLOSED',
          `"${name}" is ${process.state}, so nobody would answer; start or resume it, or send the question with sendToProcess.`,
          { state: process.state },
        );
      }
      const ended = endingsOf(runtime, name);
      try {
        const { id, eventId } = await process.mailbox.receive({
          type: 'question',
          content: question,
          priority,
          sticky: false,
          ttlMs,
          sender: by,
        });
        await ended.wait(eventId ?? '', timeoutMs);
        return queries.get(id);
      } finally {
        ended.stop();
      }
    },
    listProcessMessages: async ({ name, ...filter }) => queries.list({ process: runtime.get(name).name, ...filter }),
    clearProcessMessages: async ({ name, id }, by) => ({ cleared: await runtime.get(name).mailbox.clear(by, id) }),
  };
}
