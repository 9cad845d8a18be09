import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import type { Json } from '../../../shared/json.ts';
import type { AgentRun } from '../../agent/agent.ts';
import { eventText, keptMessages } from './prompt.ts';

export interface Said {
  role: 'user' | 'assistant';
  content: string;
}

/** The conversation as it is with what a run adds to it. */
export interface Exchange {
  /** Old ones and, at the end, what the run adds. */
  messages: readonly Said[];
  added: readonly Said[];
  maxMessages: number;
  maxTokens: number;
  sumsUp: boolean;
}

/** What an agent made of the oldest messages. */
export interface Summary {
  text: string;
  /** How many messages it stands for, and what the last of them says. */
  covers: number;
  last: string;
}

/** Undefined where no conversation is kept. */
export function exchangeOf(
  run: Pick<AgentRun, 'event' | 'id'>,
  output: Json,
  config: ProcessConfig,
  before: readonly Said[],
): Exchange | undefined {
  const { conversationHistory, conversationMaxMessages, conversationMaxTokens, conversationCompaction } =
    config.context;
  if (config.model === 'script' || !conversationHistory) return undefined;
  const { maxPayloadChars } = config.triggerDelivery;
  const added: Said[] = [
    { role: 'user', content: eventText({ event: run.event, run: run.id, maxPayloadChars }) },
    { role: 'assistant', content: typeof output === 'string' ? output : JSON.stringify(output) },
  ];
  return {
    messages: [...before, ...added],
    added,
    maxMessages: conversationMaxMessages,
    maxTokens: conversationMaxTokens,
    sumsUp: conversationCompaction === 'summary',
  };
}

/**
 * The messages to be summed up: none while all fit, else so many that half of the room is free again, since summing up
 * costs a call.
 */
export function overflowOf(exchange: Exchange | undefined): readonly Said[] {
  if (!exchange?.sumsUp) return [];
  const { messages, maxMessages, maxTokens } = exchange;
  if (keptMessages(messages, maxMessages, maxTokens) === messages.length) return [];
  const half = (most: number) => (most === 0 ? 0 : Math.max(1, Math.floor(most / 2)));
  return messages.slice(0, messages.length - keptMessages(messages, half(maxMessages), half(maxTokens)));
}

/** How many of the newest messages stay, and what stands for those before. */
export function keptOf(
  { messages, maxMessages, maxTokens }: Exchange,
  summary: Summary | undefined,
): { kept: number; summary?: string } {
  // Another run may have changed the conversation meanwhile; then the summary is of something else.
  if (!summary || messages[summary.covers - 1]?.content !== summary.last)
    return { kept: keptMessages(messages, maxMessages, maxTokens) };
  return {
    kept: messages.length - summary.covers,
    summary: `[Summary of the conversation before this]\n${summary.text}`,
  };
}
