import { type OpenRun, type QueuedEvent, snapshotHash, snapshotToJson } from '../../src/main/journal/fold/snapshot.ts';
import type {
  Definition,
  Effect,
  EntryBody,
  EntryKind,
  NewEntry,
  StepKind,
} from '../../src/shared/entries/journal-entries.ts';
import type { Json } from '../../src/shared/json.ts';
import { nextStates } from '../../src/shared/lifecycle.ts';
import type { Draws } from './draws.ts';
import { peopleDeeds } from './people-deeds.ts';
import type { Author } from './random-history.ts';
import { lockKey, openItem, selfChange } from './self-change-deeds.ts';

/** Something that may happen next: its entries, or nothing where it cannot happen now. */
export type Deed = (author: Author) => NewEntry[] | undefined;

const triggers = [
  ['every-morning', 'cron'],
  ['hook', 'webhook'],
  ['inbox-folder', 'file_watch'],
  ['by-hand', 'manual'],
  ['mail', 'message'],
] as const;
const contextKeys = ['k1', 'k2', 'k3', '__proto__', 'with space'];
const stepKinds: StepKind[] = ['model', 'tool', 'context', 'memory', 'emit', 'send', 'ask', 'wait', 'log'];
const noon = Date.parse('2026-01-05T12:00:00Z');

export const createProcess = (author: Author): NewEntry[] => [
  entry('process.created', { definition: definition(author), by: 'user' }),
];

/** What may happen, how often, and under which commit name. */
export const deeds: readonly [commit: string, weight: number, deed: Deed][] = [
  ['accept-event', 28, acceptEvent],
  ['start-run', 24, startRun],
  ['take-step', 44, takeStep],
  ['park-run', 8, parkRun],
  ['answer-item', 8, answerItem],
  ['resume-run', 8, resumeRun],
  ['retry-run', 6, retryRun],
  ['settle-run', 16, settleRun],
  ['end-event', 4, endEvent],
  ['delay-event', 4, delayEvent],
  ['write-context', 16, writeContext],
  ['lock-key', 5, (author) => lockKey(author, contextKeys)],
  ['change-definition', 4, changeDefinition],
  ['open-item', 2, openItem],
  ['change-state', 10, changeState],
  ['note-occurrence', 4, noteOccurrence],
  ['remember', 6, remember],
  ['deliver', 8, deliver],
  ['publish', 4, publish],
  ['recover', 4, recover],
  ['write-checkpoint', 4, writeCheckpoint],
  ['delete-process', 1, deleteProcess],
  ...peopleDeeds,
];

function entry<K extends EntryKind>(kind: K, body: EntryBody<K>, key?: string): NewEntry {
  return { kind, body, ...(key === undefined ? {} : { key }) } as NewEntry;
}

/** One of a few, so that a definition comes back at times. */
function definition({ draws }: Author): Definition {
  const number = draws.int(1, 4);
  return {
    hash: `definition-${number}`,
    manifest: { name: 'p', instructions: `Do ${number}.` },
    text: draws.chance(0.5) ? `name: p # ${number}` : null,
  };
}

function json(draws: Draws, depth = 0): Json {
  const kind = draws.int(0, depth > 2 ? 4 : 6);
  if (kind === 0) return null;
  if (kind === 1) return draws.chance(0.5);
  if (kind === 2) return draws.one([0, 1.5, -3, 1e21, 5e-324, Number.MAX_SAFE_INTEGER]);
  if (kind === 3) return draws.one(['', 'text', 'é🦊\n', '\ud800', '"\\']);
  if (kind === 4) return draws.chance(0.02) ? 'long '.repeat(700) : 'short';
  if (kind === 5) return Array.from({ length: draws.int(0, 4) }, () => json(draws, depth + 1));
  return Object.fromEntries(
    Array.from({ length: draws.int(0, 4) }, () => [draws.one(['a', 'b', '1', '10', '2', 'é']), json(draws, depth + 1)]),
  );
}

function acceptEvent(author: Author): NewEntry[] {
  const { draws, live } = author;
  const [trigger, kind] = draws.one(triggers);
  const instant = noon + 60_000 * live.counts.accepted;
  const id = author.name('evt');
  const body: EntryBody<'event.accepted'> = {
    id,
    trigger,
    kind,
    dedupeKey: kind === 'cron' ? `${trigger}:${instant}` : id,
    payload: json(draws),
    metadata:
      kind === 'message'
        ? { message_id: author.name('msg'), attempt: draws.int(1, 5) }
        : draws.chance(0.5)
          ? {}
          : { from: json(draws, 2) },
    taint: draws.chance(0.5) ? [] : ['webhook:hook'],
    priority: draws.int(0, 9),
    notBefore: draws.chance(0.9) ? null : instant,
    expiresAt: draws.chance(0.9) ? null : instant + 1_000,
    ...(draws.chance(0.2) ? { lane: draws.one(['a', 'b']) } : {}),
  };
  const superseded = draws.chance(0.1) ? eventIn(author, 'waiting') : undefined;
  const ended =
    superseded &&
    entry('event.ended', { id: superseded.id, outcome: 'superseded', reason: 'a newer one came', by: 'runtime' });
  return [...(ended ? [ended] : []), entry('event.accepted', body, `${live.life}/${body.dedupeKey}`)];
}

function startRun(author: Author): NewEntry[] | undefined {
  const { live, draws } = author;
  const event = eventIn(author, 'waiting');
  if (!event || event.run || live.runs.size >= 4) return undefined;
  const { id, attempts, taint } = event;
  const started = entry('run.started', {
    id: author.name('run'),
    event: id,
    definition: live.definition?.hash ?? '',
    attempt: attempts + 1,
    taint,
    ...(live.letters.size > 0 ? { letters: [...live.letters.keys()] } : {}),
  });
  return draws.chance(0.1) ? [started, ...writeContext(author)] : [started];
}

function takeStep(author: Author): NewEntry[] | undefined {
  const run = workingRun(author);
  if (!run) return undefined;
  const { draws } = author;
  const open = [...run.steps.values()].find(({ state }) => state === 'intended');
  if (open && draws.chance(0.7)) return [stepEnded(author, run, open.step, open.kind, open.name)];
  const step = run.steps.size + 1;
  const kind = draws.one(stepKinds);
  const name = `${kind}.${draws.one(['read', 'write'])}`;
  // A step in the middle was voided; its number is not given out here.
  if (run.steps.has(step)) return undefined;
  if (kind !== 'model' && kind !== 'tool') return [stepEnded(author, run, step, kind, name)];
  const intent = entry('step.intended', {
    run: run.id,
    step,
    kind,
    name,
    args: json(draws),
    argsHash: author.name('hash'),
    callKey: author.name('call'),
    repeatable: draws.chance(0.5),
    attempt: draws.int(1, 3),
  });
  return draws.chance(0.2) ? [intent, stepEnded(author, run, step, kind, name)] : [intent];
}

function stepEnded(author: Author, run: OpenRun, step: number, kind: StepKind, name: string): NewEntry {
  const { draws } = author;
  const failed = draws.chance(0.2);
  return entry('step.ended', {
    run: run.id,
    step,
    kind,
    name,
    argsHash: author.name('hash'),
    outcome: failed ? 'error' : 'ok',
    result: failed ? null : json(draws),
    ...(failed ? { error: { code: 'TOOL_FAILED', message: 'It failed.', details: { why: json(draws, 2) } } } : {}),
    effects: failed ? [] : effects(author, 2),
    ...(draws.chance(0.5) ? { usage: { inputTokens: draws.int(0, 900), costUsd: draws.int(0, 9) / 1_000 } } : {}),
    durationMs: draws.int(0, 900),
  });
}

function effects({ draws, process }: Author, most: number): Effect[] {
  const one = (): Effect => {
    const key = draws.one(contextKeys);
    return draws.one<() => Effect>([
      () => ({ type: 'context.set', key, value: json(draws) }),
      () => ({ type: 'context.delete', key }),
      () => ({ type: 'emit', eventType: 'order.paid', data: json(draws) }),
      () => ({
        type: 'send',
        topic: 'mail',
        content: json(draws),
        ...(draws.chance(0.5) ? { to: process } : {}),
      }),
      () => selfChange(draws),
      () => ({ type: 'say', role: draws.one(['user', 'assistant'] as const), content: 'words' }),
    ])();
  };
  return Array.from({ length: draws.int(0, most) }, one);
}

function parkRun(author: Author): NewEntry[] | undefined {
  const run = workingRun(author);
  if (!run) return undefined;
  const { draws } = author;
  const why = draws.one(['question', 'in_doubt', 'approval', 'top_up', 'timer'] as const);
  const step = Math.max(1, run.steps.size);
  if (why === 'timer') return [entry('run.parked', { run: run.id, step, why, until: noon })];
  const item = {
    id: author.name('itm'),
    kind: why,
    title: 'Well?',
    question: 'May it?',
    about: { args: json(draws, 1) },
    choices: ['yes', 'no'],
    expiresAt: null,
    fallback: 'no',
  };
  return [entry('run.parked', { run: run.id, step, why, until: null, item })];
}

function changeDefinition(author: Author): NewEntry[] {
  const by = author.draws.one(['user', 'run:run_1', 'run:run_2', 'runtime']);
  return [entry('definition.changed', { definition: definition(author), by, reason: 'edited' })];
}

function answerItem({ live, draws }: Author): NewEntry[] | undefined {
  const open = pick(draws, live.items.values());
  return (
    open && [
      entry('item.answered', { item: open.item.id, run: open.run, step: open.step, answer: json(draws), by: 'user' }),
    ]
  );
}

function resumeRun({ live, draws }: Author): NewEntry[] | undefined {
  const run = pick(
    draws,
    [...live.runs.values()].filter(({ parked }) => parked && parked.item === null),
  );
  return run && [entry('run.resumed', { id: run.id, reason: run.parked?.why === 'retry' ? 'retry' : 'timer' })];
}

function retryRun(author: Author): NewEntry[] | undefined {
  const run = workingRun(author);
  if (!run) return undefined;
  const error = { code: 'MODEL_UNREACHABLE', message: 'No answer.' };
  const voided = [...run.steps.values()].filter(({ state }) => state === 'error').map(({ step }) => step);
  return [
    entry('run.retrying', { run: run.id, event: run.event, attempt: run.attempt + 1, until: noon, error, voided }),
  ];
}

function settleRun(author: Author): NewEntry[] | undefined {
  const run = workingRun(author);
  if (!run) return undefined;
  const { draws } = author;
  const outcome = draws.one(['done', 'done', 'done', 'failed', 'cancelled'] as const);
  const body: EntryBody<'run.settled'> = {
    run: run.id,
    event: run.event,
    outcome,
    output: json(draws),
    effects: outcome === 'done' ? effects(author, 5) : [],
    usage: { ...run.usage },
    steps: run.steps.size,
    startedAt: run.startedAt,
    keptMessages: draws.int(0, 4),
    ...(outcome === 'done' && draws.chance(0.2) ? { result: true as const } : {}),
  };
  return [entry('run.settled', body)];
}

function endEvent(author: Author): NewEntry[] | undefined {
  const event = eventIn(author);
  const outcome = author.draws.one(['dead', 'cancelled', 'superseded', 'expired'] as const);
  return event && [entry('event.ended', { id: event.id, outcome, reason: 'it had to', by: 'user' })];
}

function delayEvent(author: Author): NewEntry[] | undefined {
  const event = eventIn(author, 'waiting');
  const why = author.draws.chance(0.3) ? { reason: 'moved', by: 'user' } : { reason: 'over budget' };
  return event && [entry('event.delayed', { id: event.id, until: noon + author.draws.int(0, 999), ...why })];
}

function writeContext({ draws }: Author): NewEntry[] {
  const key = draws.one(contextKeys);
  if (draws.chance(0.3)) return [entry('context.deleted', { key, by: 'user' })];
  return [entry('context.set', { key, value: json(draws), by: 'api:token' })];
}

function changeState({ live, draws }: Author): NewEntry[] {
  const to = draws.one(nextStates[live.state]);
  const error = to === 'failed' ? { error: { code: 'INTERNAL', message: 'It broke.' } } : {};
  return [
    entry('state.changed', {
      from: live.state,
      to,
      reason: 'so it was',
      by: draws.one(['user', 'restart-policy']),
      ...error,
    }),
  ];
}

function noteOccurrence({ draws }: Author): NewEntry[] {
  const instant = noon + draws.int(0, 1e6);
  return [
    entry('occurrence.noted', {
      trigger: 'every-morning',
      instant,
      first: instant,
      count: 1,
      outcome: 'missed',
      reason: 'the node was off',
    }),
  ];
}

function remember({ draws }: Author): NewEntry[] {
  const facts = Object.fromEntries(
    ['seen', 'etag', 'cursor'].filter(() => draws.chance(0.5)).map((fact) => [fact, json(draws, 1)]),
  );
  return [entry('trigger.remembered', { trigger: draws.one(triggers)[0], facts })];
}

function deliver({ live, draws }: Author): NewEntry[] | undefined {
  const outgoing = pick(draws, live.outbox.values());
  return outgoing && [entry('outbox.delivered', { seq: outgoing.seq })];
}

function publish(author: Author): NewEntry[] {
  const { draws } = author;
  if (draws.chance(0.5))
    return [entry('event.published', { id: author.name('bus'), type: 'order.paid', data: json(draws), by: 'user' })];
  return [
    entry('message.sent', {
      id: author.name('msg'),
      topic: 'mail',
      content: json(draws),
      sender: 'user',
      expiresAt: null,
    }),
  ];
}

function recover({ live, draws }: Author): NewEntry[] {
  const after = draws.one(['restart', 'killed', 'crash'] as const);
  const released = after === 'restart' ? [entry('process.released', {})] : [];
  const working = [...live.runs.values()].filter(({ parked }) => !parked);
  const resumed = working.map(({ id }) => entry('run.resumed', { id, reason: after }));
  return [
    ...released,
    entry('process.recovered', { openRuns: live.runs.size, waiting: live.queue.size, after }),
    ...resumed,
  ];
}

function writeCheckpoint({ live }: Author): NewEntry[] {
  return [entry('checkpoint', { snapshot: snapshotToJson(live), hash: snapshotHash(live) })];
}

/** Nothing that was accepted ends without saying so, so its open events end first. */
function deleteProcess({ live }: Author): NewEntry[] {
  const ended = [...live.queue.keys()].map((id) =>
    entry('event.ended', { id, outcome: 'cancelled', reason: 'the process was deleted', by: 'user' }),
  );
  return [...ended, entry('process.deleted', { by: 'user' })];
}

function eventIn({ live, draws }: Author, state?: QueuedEvent['state']): QueuedEvent | undefined {
  return pick(
    draws,
    [...live.queue.values()].filter((event) => state === undefined || event.state === state),
  );
}

function workingRun({ live, draws }: Author): OpenRun | undefined {
  return pick(
    draws,
    [...live.runs.values()].filter(({ parked }) => parked === null),
  );
}

function pick<T>(draws: Draws, from: Iterable<T>): T | undefined {
  const all = [...from];
  return all.length === 0 ? undefined : draws.one(all);
}
