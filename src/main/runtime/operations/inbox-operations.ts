import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isWorking } from '../../../shared/lifecycle.ts';
import { LetterQueries } from '../../journal/letter-queries.ts';
import { deferred } from '../../lib/deferred.ts';
import type { AgentRuntime } from '../agent-runtime.ts';

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
      const ended = deferred();
      // Listened to before it is asked: an answer may come at once.
      const asked = { event: '' };
      const early = new Set<string>();
      const stop = runtime.journal.onDurable((entries) => {
        for (const entry of entries) {
          if (entry.process !== name) continue;
          const event =
            entry.kind === 'run.settled' ? entry.body.event : entry.kind === 'event.ended' ? entry.body.id : '';
          if (event === '') continue;
          early.add(event);
          if (event === asked.event) ended.resolve();
        }
      });
      try {
        const { id, eventId } = await process.mailbox.receive({
          type: 'question',
          content: question,
          priority,
          sticky: false,
          ttlMs,
          sender: by,
        });
        asked.event = eventId ?? '';
        if (early.has(asked.event)) ended.resolve();
        const disarm = runtime.parts.clock.after(timeoutMs, () => ended.resolve());
        await ended.promise;
        disarm();
        return queries.get(id);
      } finally {
        stop();
      }
    },
    listProcessMessages: async ({ name, ...filter }) => queries.list({ process: runtime.get(name).name, ...filter }),
    clearProcessMessages: async ({ name, id }, by) => ({ cleared: await runtime.get(name).mailbox.clear(by, id) }),
  };
}
