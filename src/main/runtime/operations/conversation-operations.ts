import type { RuntimeApi } from '../../../shared/api.ts';
import type { EntryBody } from '../../../shared/entries/journal-entries.ts';
import { estimateTokens } from '../../agent/models/prices.ts';
import { charsPerToken, openingMessages } from '../../processes/prompts/prompt.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { endingsOf } from '../endings.ts';

type Names = 'exportConversation' | 'chat' | 'contextWindow';

/** Operations on what is said between a process and a person. */
export function conversationOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  return {
    async exportConversation({ name, format }) {
      const process = runtime.get(name);
      const said: { role: string; content: string; at: number; run: string }[] = [];
      for (let after = process.snapshot.life - 1; ; ) {
        const page = await runtime.journal.read(name, { after, limit: 500, kinds: ['run.settled'] });
        for (const entry of page) {
          const { effects, run } = entry.body as EntryBody<'run.settled'>;
          for (const effect of effects ?? [])
            if (effect.type === 'say') said.push({ role: effect.role, content: effect.content, at: entry.at, run });
        }
        after = page.at(-1)?.seq ?? after;
        if (page.length < 500) break;
      }
      const heading = ({ role, at, run }: (typeof said)[number]) =>
        `## ${role}, ${new Date(at).toISOString()} (${run})`;
      const text =
        format === 'json'
          ? JSON.stringify(said, null, 2)
          : said.map((one) => `${heading(one)}\n\n${one.content}\n`).join('\n');
      return { messages: said.length, text };
    },

    async chat({ name, text, timeoutMs, idempotencyKey }, by) {
      const ended = endingsOf(runtime, name);
      try {
        const { eventId } = await runtime.get(name).wake({
          trigger: 'chat',
          kind: 'message',
          dedupeKey: `chat:${idempotencyKey ?? crypto.randomUUID()}`,
          payload: { text },
          metadata: { by, chat: true },
          taint: [],
        });
        const before = await runtime.queries.triggerEvent(eventId);
        if (before.endedAt === null) await ended.wait(eventId, timeoutMs);
        const event = before.endedAt === null ? await runtime.queries.triggerEvent(eventId) : before;
        const run = event.runId === null ? null : await runtime.queries.runBrief(event.runId);
        return {
          eventId,
          runId: event.runId,
          state: event.state,
          reply: run?.output ?? null,
          error: run?.error ?? null,
        };
      } finally {
        ended.stop();
      }
    },

    async contextWindow({ name }) {
      const process = runtime.get(name);
      const { config } = process.ability;
      const { context, conversation } = process.snapshot;
      const isScript = config.model === 'script';
      const values = new Map([...context].map(([key, { value }]) => [key, value]));
      const shown = (more: Partial<Parameters<typeof openingMessages>[0]>) => {
        const event = { id: '', trigger: '', type: 'manual', payload: '', metadata: {}, at: 0, taint: [] };
        const [system] = openingMessages({
          process: name,
          instructions: '',
          event,
          run: '',
          context: new Map(),
          conversation: [],
          maxPayloadChars: 0,
          maxContextChars: config.context.contextMaxTokens * charsPerToken,
          notes: [],
          ...more,
        });
        return system?.content ?? '';
      };
      const bare = shown({}).length;
      const tools = isScript ? [] : await process.tools();
      const recalled =
        isScript || config.memory.max === 0
          ? []
          : (await process.memory.list({ limit: config.memory.max }).catch(() => ({ items: [] }))).items;
      const part = (part: string, text: string, count: number) => ({
        part,
        tokens: estimateTokens(text),
        characters: text.length,
        count,
      });
      const schemas = tools.map(({ name: tool, description, parameters }) =>
        JSON.stringify({ tool, description, parameters }),
      );
      const messages = config.context.conversationHistory && !isScript ? conversation : [];
      const parts = isScript
        ? []
        : [
            part('instructions', shown({ instructions: config.instructions }), 1),
            part('tools', schemas.join('\n'), tools.length),
            part('context', shown({ context: values }).slice(bare), values.size),
            part('memory', recalled.map(({ content }) => content.slice(0, 2_000)).join('\n'), recalled.length),
            part('conversation', messages.map(({ content }) => content).join('\n'), messages.length),
          ];
      return { parts, tokens: parts.reduce((sum, { tokens }) => sum + tokens, 0) };
    },
  };
}
