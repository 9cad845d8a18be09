import { isJsonObject, type Json } from '../../shared/json.ts';
import type { JournalEntryView } from '../../shared/views/views.ts';
import { brief } from '../ui/format.ts';

type Body = Record<string, Json>;
const text = (value: Json | undefined) =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : brief(value, 80);
const errorOf = (body: Body) => {
  const error = body['error'];
  return typeof error === 'object' && error !== null && !Array.isArray(error) ? `: ${text(error['message'])}` : '';
};
/** What came of a step, or what it was given where nothing came back. */
const came = (body: Body) => {
  if (body['result'] !== null && body['result'] !== undefined) return ` → ${brief(body['result'], 60)}`;
  return body['args'] === undefined ? '' : ` ${brief(body['args'], 60)}`;
};
const itemTitle = (item: Json | undefined) =>
  typeof item === 'object' && item !== null && !Array.isArray(item) ? text(item['title']) : '';
const because = (body: Body) => (body['reason'] ? ` (${text(body['reason'])})` : '');

const words: Record<string, (body: Body) => string> = {
  'process.created': (body) => `Created by ${text(body['by'])}`,
  'definition.changed': (body) => `Definition changed by ${text(body['by'])}${because(body)}`,
  'process.restored': (body) => `Brought back by ${text(body['by'])}`,
  'run.noted': (body) => `${text(body['by'])} noted: ${text(body['note'])}`,
  'process.deleted': (body) => `Deleted by ${text(body['by'])}`,
  'state.changed': (body) => `${text(body['from'])} → ${text(body['to'])}${because(body)}${errorOf(body)}`,
  'process.recovered': (body) =>
    `Taken up again${body['crashed'] ? ' after a crash' : ''}, with ${text(body['waiting'])} waiting and ${text(body['openRuns'])} open runs`,
  'process.released': () => 'Let go in order by the program that ran it',
  'trigger.remembered': (body) => `${text(body['trigger'])} remembers ${brief(body['facts'] ?? null, 60)}`,
  'event.accepted': (body) => `Woken by ${text(body['trigger'])}: ${brief(body['payload'] ?? null, 80)}`,
  'event.ended': (body) => `Event ended as ${text(body['outcome'])}${because(body)}`,
  'event.delayed': (body) => `Event ${body['by'] === undefined ? 'put off' : 'moved'}${because(body)}`,
  'occurrence.noted': (body) =>
    `${text(body['count'])} planned on ${text(body['trigger'])}: ${text(body['outcome'])}${because(body)}`,
  'run.started': (body) => `Run began${Number(body['attempt']) > 1 ? `, try ${text(body['attempt'])}` : ''}`,
  'run.resumed': (body) => `Run went on${because(body)}`,
  'step.intended': (body) =>
    `Step ${text(body['step'])} begins: ${text(body['name'])} ${brief(body['args'] ?? null, 60)}`,
  'step.attached': (body) => `Step ${text(body['step'])} is done by the other side as task ${text(body['task'])}`,
  'step.ended': (body) =>
    `Step ${text(body['step'])} ${text(body['outcome'])}: ${text(body['name'])}${came(body)}${errorOf(body)}`,
  'run.parked': (body) => `Run waits: ${text(body['why'])}`,
  'item.opened': (body) => `Waits for you: ${itemTitle(body['item'])}`,
  'item.answered': (body) => `Answered by ${text(body['by'])}: ${text(body['answer'])}`,
  'item.snoozed': (body) =>
    body['until'] === null
      ? `Inbox item brought back by ${text(body['by'])}`
      : `Inbox item snoozed by ${text(body['by'])}`,
  'report.answered': (body) =>
    `${text(body['by'])} dealt with ${text(body['about'])}: ${text(isJsonObject(body['answer']) ? body['answer']['verdict'] : body['answer'])}`,
  'run.retrying': (body) => `Run will try again${errorOf(body)}`,
  'run.settled': (body) => `Run ${text(body['outcome'])} after ${text(body['steps'])} steps${errorOf(body)}`,
  'outbox.delivered': (body) => `Outbox delivered up to ${text(body['seq'])}`,
  'context.set': (body) => `${text(body['key'])} = ${brief(body['value'] ?? null, 60)}, by ${text(body['by'])}`,
  'context.deleted': (body) => `${text(body['key'])} deleted by ${text(body['by'])}`,
  'context.locked': (body) => `${text(body['key'])} locked by ${text(body['by'])}${because(body)}`,
  'context.unlocked': (body) => `${text(body['key'])} unlocked by ${text(body['by'])}`,
  'conversation.cleared': (body) => `Conversation cleared by ${text(body['by'])}`,
  checkpoint: (body) => `Checkpoint ${text(body['hash']).slice(0, 12)}`,
};

/** One line that says what happened. */
export function entryWords({ kind, body }: Pick<JournalEntryView, 'kind' | 'body'>): string {
  return words[kind]?.(body) ?? brief(body);
}

/** Entries that tell of trouble stand out. */
export function isTrouble({ kind, body }: Pick<JournalEntryView, 'kind' | 'body'>): boolean {
  if (kind === 'run.retrying' || body['error'] !== undefined) return true;
  const outcome = body['outcome'];
  return (
    outcome === 'failed' || outcome === 'dead' || outcome === 'missed' || outcome === 'error' || body['to'] === 'failed'
  );
}

/** The run an entry belongs to, if any. */
export function runOf({ kind, body }: Pick<JournalEntryView, 'kind' | 'body'>): string | null {
  const run = kind === 'run.started' || kind === 'run.resumed' ? body['id'] : body['run'];
  return typeof run === 'string' ? run : null;
}
