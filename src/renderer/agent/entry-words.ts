import { EntryKindName } from '../../shared/entries/entry-kinds.ts';
import { isJsonObject, type Json } from '../../shared/json.ts';
import type { JournalEntryView } from '../../shared/views/views.ts';
import { brief, plural } from '../ui/format.ts';
import { whoText } from '../ui/who.ts';

type Body = Record<string, Json>;
const text = (value: Json | undefined) =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : told(value, 80);
const isEmpty = (value: Json | undefined) => value == null || (isJsonObject(value) && Object.keys(value).length === 0);
const spaced = (value: Json | undefined) => text(value).replaceAll('_', ' ');
const errorOf = (body: Body) => {
  const error = body['error'];
  return typeof error === 'object' && error !== null && !Array.isArray(error) ? `: ${text(error['message'])}` : '';
};
/** A value in words: what is in it by name, without the marks that programs need. */
function told(value: Json | undefined, longest = 60): string {
  const said = loosely(value ?? null);
  return said.length > longest ? `${said.slice(0, longest - 1)}…` : said;
}
function loosely(value: Json): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(loosely).join(', ');
  if (!isJsonObject(value)) return value === null ? 'nothing' : String(value);
  if ('content' in value && 'isError' in value) return loosely(value['content'] ?? null);
  return Object.entries(value)
    .map(([key, inner]) => `${key}: ${isJsonObject(inner) ? `(${loosely(inner)})` : loosely(inner)}`)
    .join(', ');
}
/** What a step was given; of what is kept under a key, the value. */
function given({ args }: Body): string {
  const worth = isJsonObject(args) && 'value' in args ? args['value'] : args;
  return isEmpty(worth) ? '' : ` (${told(worth)})`;
}
/** What came of a step, or what it was given where nothing came back. */
const came = (body: Body) => {
  if (body['result'] !== null && body['result'] !== undefined) return ` → ${told(body['result'])}`;
  return given(body);
};
const who = (body: Body) => whoText(text(body['by']));
const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
const itemTitle = (item: Json | undefined) =>
  typeof item === 'object' && item !== null && !Array.isArray(item) ? text(item['title']) : '';
const because = (body: Body) => (body['reason'] ? ` (${text(body['reason'])})` : '');

const words: Record<string, (body: Body) => string> = {
  'process.created': (body) => `Created by ${who(body)}`,
  'definition.changed': (body) => `Definition changed by ${who(body)}${because(body)}`,
  'process.restored': (body) => `Brought back by ${who(body)}`,
  'run.noted': (body) => `${capital(who(body))} noted: ${text(body['note'])}`,
  'process.deleted': (body) => `Deleted by ${who(body)}`,
  'state.changed': (body) => `${text(body['from'])} → ${text(body['to'])}${because(body)}${errorOf(body)}`,
  'process.recovered': (body) =>
    `Taken up again${body['crashed'] ? ' after a crash' : ''}, with ${text(body['waiting'])} waiting and ${text(body['openRuns'])} open runs`,
  'process.released': () => 'Let go in order by the program that ran it',
  'trigger.remembered': (body) => `${text(body['trigger'])} remembers ${told(body['facts'], 60)}`,
  'event.accepted': (body) =>
    `Woken ${body['trigger'] === 'manual' ? 'by hand' : `by ${text(body['trigger'])}`}${isEmpty(body['payload']) ? '' : `: ${told(body['payload'], 80)}`}`,
  'event.ended': (body) => `Event ended as ${text(body['outcome'])}${because(body)}`,
  'event.delayed': (body) => `Event ${body['by'] === undefined ? 'put off' : 'moved'}${because(body)}`,
  'occurrence.noted': (body) =>
    `${text(body['count'])} planned on ${text(body['trigger'])}: ${text(body['outcome'])}${because(body)}`,
  'run.started': (body) => `Run began${Number(body['attempt']) > 1 ? `, try ${text(body['attempt'])}` : ''}`,
  'run.resumed': (body) => `Run went on${because(body)}`,
  'step.intended': (body) => `Step ${text(body['step'])} begins: ${text(body['name'])}${given(body)}`,
  'step.attached': (body) => `Step ${text(body['step'])} is done by the other side as task ${text(body['task'])}`,
  'step.ended': (body) =>
    `Step ${text(body['step'])} ${text(body['outcome'])}: ${text(body['name'])}${came(body)}${errorOf(body)}`,
  'run.parked': (body) => `Run waits: ${text(body['why'])}`,
  'item.opened': (body) => `Waits for you: ${itemTitle(body['item'])}`,
  'item.answered': (body) => `Answered by ${who(body)}: ${text(body['answer'])}`,
  'item.snoozed': (body) =>
    body['until'] === null ? `Inbox item brought back by ${who(body)}` : `Inbox item snoozed by ${who(body)}`,
  'report.answered': (body) =>
    `${capital(who(body))} dealt with ${text(body['about'])}: ${text(isJsonObject(body['answer']) ? body['answer']['verdict'] : body['answer'])}`,
  'run.retrying': (body) => `Run will try again${errorOf(body)}`,
  'run.settled': (body) =>
    `Run ${text(body['outcome'])} after ${plural(Number(body['steps'] ?? 0), 'step')}${errorOf(body)}`,
  'outbox.delivered': (body) => `Outbox delivered up to ${text(body['seq'])}`,
  'context.set': (body) => `${text(body['key'])} = ${told(body['value'], 60)}, by ${who(body)}`,
  'context.deleted': (body) => `${text(body['key'])} deleted by ${who(body)}`,
  'context.locked': (body) => `${text(body['key'])} locked by ${who(body)}${because(body)}`,
  'context.unlocked': (body) => `${text(body['key'])} unlocked by ${who(body)}`,
  'conversation.cleared': (body) => `Conversation cleared by ${who(body)}`,
  'governance.noted': (body) => text(body['text']),
  'budget.day_began': (body) =>
    `A new day of the budget began${body['scope'] === 'node' ? ', for the whole node' : ''}`,
  'budget.topped_up': (body) =>
    `${capital(who(body))} allowed ${text(body['amount'])} more of ${spaced(body['limit'])}`,
  'mission.begun': (body) => `Mission begun: ${text(body['objective'])}`,
  'mission.judging': () => 'A judge is asked how far the mission is',
  'mission.evaluated': (body) =>
    `Mission ${body['achieved'] === true ? 'achieved' : 'not achieved yet'}, says the ${text(body['by'])}: ${text(body['reasoning'])}`,
  'mission.ended': (body) => `Mission ${text(body['state'])}${because(body)}`,
  'approval.revoked': (body) => `${text(body['tool'])} is asked about again, by ${who(body)}`,
  'escalation.ended': (body) =>
    `Word of trouble was ${body['outcome'] === 'taken' ? 'taken' : `given up after ${plural(Number(body['attempts'] ?? 0), 'try', 'tries')}`}${because(body)}`,
  'letter.received': (body) => `${capital(whoText(text(body['sender'])))} wrote: ${text(body['content'])}`,
  'letter.ended': (body) =>
    body['outcome'] === 'expired'
      ? 'What was written to it expired unseen'
      : `What was written to it was cleared by ${who(body)}`,
  'memory.changed': (body) => `What it remembers was changed by ${who(body)}`,
  'memory.delivered': (body) => `Its memory has what entry ${text(body['seq'])} changed`,
  'memory.erased': (body) =>
    `${plural(Array.isArray(body['ids']) ? body['ids'].length : 0, 'memory', 'memories')} taken out of the journal as well`,
  'memory.reached': (body) => `What was forgotten has left node ${text(body['node']).slice(0, 8)} as well`,
  'journal.rewound': (body) => `Put back by ${who(body)} to how it was after entry ${text(body['to'])}`,
  'journal.resumed': (body) => `Its journal can be written again${because(body)}`,
  'run.forked': (body) => `Run forked${isJsonObject(body['from']) ? ` at step ${text(body['from']['step'])}` : ''}`,
  'process.purged': (body) => `Erased for good by ${who(body)}`,
  checkpoint: (body) => `Checkpoint ${text(body['hash']).slice(0, 12)}`,
};

/** Kinds that stand in the journals of a node and its broker, never in that of an agent. */
const ofOthers = /^(?:node|news|message)\.|^event\.published$/;
/** Kinds of entries that an agent's journal may hold. */
export const journalKinds = EntryKindName.options.filter((kind) => !ofOthers.test(kind));

/** The name of a kind for people. */
export function kindText(kind: string): string {
  return capital(kind.replace(/[._]/g, ' '));
}

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
