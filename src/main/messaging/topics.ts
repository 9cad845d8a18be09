import type { OpenMessage } from './broker-fold.ts';
import type { Subscription } from './taker.ts';
import { matches } from './topic-pattern.ts';

export interface TopicState {
  topic: string;
  waiting: number;
  /** With a taker that has not done with it yet. */
  handed: number;
  oldestAt: number | null;
  takers: string[];
}

/** The topics of open messages and of subscriptions, by name. */
export function topicsOf(open: Iterable<OpenMessage>, subscriptions: Iterable<Subscription>): TopicState[] {
  const wanted = [...subscriptions];
  const topics = new Map<string, TopicState>();
  const named = (topic: string) => {
    const known = topics.get(topic) ?? { topic, waiting: 0, handed: 0, oldestAt: null, takers: [] };
    topics.set(topic, known);
    return known;
  };
  for (const { topic, taker, at } of open) {
    const state = named(topic);
    state.oldestAt ??= at;
    if (taker) state.handed++;
    else state.waiting++;
  }
  for (const { pattern } of wanted) named(pattern);
  for (const state of topics.values()) {
    const takers = wanted.filter(({ pattern }) => pattern === state.topic || matches(pattern, state.topic));
    state.takers = [...new Set(takers.map(({ process }) => process))].sort();
  }
  return [...topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
}
