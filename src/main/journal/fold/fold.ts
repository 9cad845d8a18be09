import type { EntryBody, EntryKind, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { NodeSection } from '../../../shared/entries/node-entries.ts';
import type { Json } from '../../../shared/json.ts';
import { charsLeft } from '../chars-left.ts';
import { plannedInstant, tellBroker } from './event-entries.ts';
import {
  addUsage,
  applyEffects,
  beginRun,
  endEvent,
  endRun,
  noteBase,
  noteErased,
  noteForgotten,
  noteInstant,
  noteReached,
  setContext,
  setEventState,
} from './fold-changes.ts';
import { endEscalation, noteEnding, noteGovernance, noteVerdict, revokeGrant } from './governance-fold.ts';
import { receiveLetter, showLetters, spendLetters } from './letters.ts';
import { missionChanges } from './mission-fold.ts';
import { forkedRun, freshRun } from './open-run.ts';
import { peopleChanges } from './people-fold.ts';
import { emptySnapshot, type FoldedStep, type OpenRun, type QueuedEvent, type Snapshot } from './snapshot.ts';
import { beginDay, spendIntent, spendResult, topUp } from './spending.ts';
import { noteVersion } from './versions.ts';

/**
 * What each kind of entry changes. The same functions are used live and in replay, and depend on nothing but the
 * snapshot and the entry, so replaying a journal gives the very state that was live (law 1).
 *
 * The snapshot is changed in place: it belongs to one owner, and copying queues of thousands for each entry would cost
 * more than the work itself.
 */
type Apply<K extends EntryKind> = (snapshot: Snapshot, body: EntryBody<K>, entry: JournalEntry<K>) => void;

/** Payloads above this many characters are not kept in memory while their event waits. */
const inlinePayloadChars = 2_048;

const nothing = () => {};

/** Under this name the node's own stream keeps what a webhook has not been told. */
export const newsFor = (sink: string): string => `news:${sink}`;
/** Under this name it keeps the newest entry of each process that a webhook was to be told of. */
export const newestNews = 'newest-news';

function remember(snapshot: Snapshot, about: string, fact: string, value: Json): void {
  const known = snapshot.remembered.get(about) ?? new Map<string, Json>();
  snapshot.remembered.set(about, known.set(fact, value));
}

/** Under this name the node's own stream keeps a section of its settings. */
export const nodeSetting = (section: NodeSection): string => `node:${section}`;

/**
 * What the end of a program says about a run that was under way: three crashes of its own make 30. One that was killed,
 * or lost its power, died of something else, so that counts for nothing, however often it happens.
 */
export const suspicionAfter = { crash: 10, killed: 0, restart: 0, timer: 0, retry: 0 } as const;

const changes: { [K in EntryKind]: Apply<K> } = {
  'process.created'(snapshot, { definition, by, parent }, { seq, at, process }) {
    const counts = snapshot.counts;
    Object.assign(snapshot, emptySnapshot(process), {
      seq,
      life: seq,
      counts,
      createdAt: at,
      updatedAt: at,
      stateSince: at,
      stateBy: by,
    });
    delete snapshot.contextLocks;
    noteVersion(snapshot, definition, { seq, at, by, reason: 'created' });
    if (parent) snapshot.parent = parent;
    snapshot.definition = definition;
    snapshot.version = 1;
    snapshot.released = false;
  },
  'definition.changed'(snapshot, { definition, by, reason }, { seq, at }) {
    const before = snapshot.definition;
    noteVersion(snapshot, definition, { seq, at, by, reason });
    if (before && [...snapshot.runs.values()].some((run) => run.definition === before.hash))
      snapshot.pinned.set(before.hash, before);
    snapshot.definition = definition;
    snapshot.version++;
    // What failed before says nothing of what it goes by from now on.
    snapshot.consecutiveFailures = 0;
  },
  'process.deleted'(snapshot, { by }, { at }) {
    snapshot.deleted = true;
    Object.assign(snapshot, { deletedAt: at, deletedBy: by });
    for (const [id, { run }] of snapshot.items) if (run === '') snapshot.items.delete(id);
  },
  'state.changed'(snapshot, { from, to, reason, by, error }, { at }) {
    snapshot.state = to;
    snapshot.stateReason = reason;
    snapshot.stateSince = at;
    snapshot.stateBy = by;
    snapshot.error = error ?? null;
    if (to === 'starting' && from !== 'failed') snapshot.startedAt = at;
    if (from === 'failed' && to === 'starting') {
      const isByPolicy = by === 'restart-policy';
      snapshot.restarts = isByPolicy ? snapshot.restarts + 1 : 0;
      snapshot.restartedAt = isByPolicy ? [...snapshot.restartedAt, at].slice(-5) : [];
      snapshot.consecutiveFailures = 0;
    }
  },
  'process.recovered'(snapshot) {
    snapshot.released = false;
  },
  'process.released'(snapshot) {
    snapshot.released = true;
  },
  'journal.resumed': nothing,

  'event.accepted'(snapshot, body, { seq, at }) {
    const event: QueuedEvent = {
      id: body.id,
      seq,
      trigger: body.trigger,
      kind: body.kind,
      at,
      priority: body.priority,
      attempts: 0,
      notBefore: body.notBefore,
      expiresAt: body.expiresAt,
      state: 'waiting',
      run: null,
      taint: body.taint,
      metadata: body.metadata,
    };
    if (body.lane !== undefined) event.lane = body.lane;
    if (body.setFor !== undefined) event.isSet = true;
    if (charsLeft(body.payload, inlinePayloadChars) >= 0) event.payload = body.payload;
    snapshot.queue.set(body.id, event);
    snapshot.priorities[body.priority] = (snapshot.priorities[body.priority] ?? 0) + 1;
    snapshot.counts.accepted++;
    const instant = plannedInstant(body);
    if (instant !== null) noteInstant(snapshot, body.trigger, instant);
  },
  'event.ended'(snapshot, { id, outcome, reason }, { seq, at }) {
    tellBroker(snapshot, id, outcome, reason, seq, at);
    endEvent(snapshot, id);
    if (outcome === 'dead' || outcome === 'expired') snapshot.counts.dead++;
    else snapshot.counts[outcome]++;
  },
  'event.delayed'(snapshot, { id, until }) {
    const event = snapshot.queue.get(id);
    if (event) event.notBefore = until;
  },
  'occurrence.noted'(snapshot, { trigger, instant }) {
    noteInstant(snapshot, trigger, instant);
  },
  'trigger.remembered'(snapshot, { trigger, facts }) {
    const known = snapshot.remembered.get(trigger) ?? new Map<string, Json>();
    for (const [name, fact] of Object.entries(facts)) {
      if (fact === null) known.delete(name);
      else known.set(name, fact);
    }
    snapshot.remembered.set(trigger, known);
  },

  'run.started'(snapshot, { id, event, definition, attempt, taint, letters }, { at }) {
    const run = freshRun({ id, event, attempt, startedAt: at, definition, taint });
    showLetters(snapshot, run, letters);
    beginRun(snapshot, run);
  },
  'run.forked'(snapshot, body, { at }) {
    const { definition } = body;
    if (definition.hash !== snapshot.definition?.hash) snapshot.pinned.set(definition.hash, definition);
    beginRun(snapshot, forkedRun(body, at));
  },
  'run.resumed'(snapshot, { id, reason }) {
    const run = snapshot.runs.get(id);
    if (!run) return;
    run.parked = null;
    run.suspicion += suspicionAfter[reason];
    setEventState(snapshot, run, 'running');
  },
  'step.intended'(snapshot, body, { at, seq }) {
    const run = snapshot.runs.get(body.run);
    if (!run) return;
    run.steps.set(body.step, {
      step: body.step,
      kind: body.kind,
      name: body.name,
      argsHash: body.argsHash,
      callKey: body.callKey,
      repeatable: body.repeatable,
      attempt: body.attempt,
      state: 'intended',
      result: null,
      error: null,
      effects: [],
      taint: [],
      at,
      seq,
      endSeq: 0,
      ...(body.charge ? { charge: body.charge } : {}),
      ...(body.edited ? { args: body.args } : {}),
    });
    spendIntent(snapshot, run, body);
    // What a person said about an earlier try says nothing about this one.
    run.answers.delete(body.step);
    // Charged when it begins, so that a crash cannot make calls free.
    if (body.kind === 'model') run.usage.modelCalls++;
    else if (body.kind === 'tool') run.usage.toolCalls++;
  },
  'step.attached'(snapshot, { run: id, step, task, session }) {
    const steps = snapshot.runs.get(id)?.steps;
    const begun = steps?.get(step);
    if (begun?.state === 'intended') steps?.set(step, { ...begun, task, ...(session ? { taskSession: session } : {}) });
  },
  'step.ended'(snapshot, body, { at, seq }) {
    const run = snapshot.runs.get(body.run);
    if (!run) return;
    const begun = run.steps.get(body.step);
    const step: FoldedStep = {
      step: body.step,
      kind: body.kind,
      name: body.name,
      argsHash: body.argsHash,
      callKey: begun?.callKey ?? '',
      repeatable: begun?.repeatable ?? true,
      attempt: begun?.attempt ?? 1,
      state: body.outcome,
      result: body.result,
      error: body.error ?? null,
      effects: body.effects,
      taint: body.taint ?? [],
      at,
      seq: begun?.seq ?? 0,
      endSeq: seq,
    };
    run.steps.set(body.step, step);
    run.suspicion = 0;
    spendResult(snapshot, run, body, begun);
    if (!begun && body.kind === 'tool') run.usage.toolCalls++;
    if (body.usage) addUsage(run.usage, body.usage);
  },
  'run.parked'(snapshot, { run: id, step, why, until, item }, { at }) {
    const run = snapshot.runs.get(id);
    if (!run) return;
    run.parked = { step, why, until, item: item?.id ?? null };
    if (item) snapshot.items.set(item.id, { item, run: id, step, at });
    setEventState(snapshot, run, 'parked');
  },
  'item.opened'(snapshot, { item }, { at }) {
    snapshot.items.set(item.id, { item, run: '', step: 0, at });
  },
  'item.answered'(snapshot, { item, run: id, step, answer, by }, { at }) {
    const open = snapshot.items.get(item);
    snapshot.items.delete(item);
    if (open) noteVerdict(snapshot, open, answer, by, at);
    const run = snapshot.runs.get(id);
    if (!run) return;
    run.answers.set(step, { answer, by });
    run.parked = null;
    setEventState(snapshot, run, 'waiting');
  },
  'run.retrying'(snapshot, { run: id, until, voided, clash }) {
    const run = snapshot.runs.get(id);
    if (!run) return;
    for (const step of voided) run.steps.delete(step);
    if (clash === 'rebased') run.base.clear();
    if (clash) run.clashes = (run.clashes ?? 0) + 1;
    else run.attempt++;
    run.parked = { step: 0, why: 'retry', until, item: null };
    const queued = snapshot.queue.get(run.event);
    if (!queued) return;
    queued.state = 'delayed';
    if (!clash) queued.attempts++;
  },
  'run.settled'(snapshot, body, { seq, at, epoch }) {
    addUsage(snapshot.usage, body.usage);
    noteEnding(snapshot, body);
    snapshot.lastRun = { id: body.run, outcome: body.outcome, at };
    tellBroker(
      snapshot,
      body.event,
      body.outcome === 'failed' ? 'dead' : body.outcome,
      body.error?.message ?? '',
      seq,
      at,
    );
    if (body.outcome === 'done') spendLetters(snapshot, snapshot.runs.get(body.run));
    endEvent(snapshot, body.event);
    endRun(snapshot, body.run);
    if (body.outcome === 'done') {
      snapshot.counts.done++;
      snapshot.consecutiveFailures = 0;
      snapshot.restarts = 0;
    } else if (body.outcome === 'failed') {
      snapshot.counts.dead++;
      snapshot.consecutiveFailures++;
    } else snapshot.counts.cancelled++;
    applyEffects(snapshot, body, seq, at, epoch);
  },
  'letter.received'(snapshot, body, { at }) {
    receiveLetter(snapshot, body, at);
  },
  'letter.ended'(snapshot, { id }) {
    snapshot.letters.delete(id);
  },
  'outbox.delivered'({ outbox }, { seq, from }) {
    if (from === undefined) outbox.delete(seq);
    else {
      for (const waiting of outbox.keys()) {
        if (waiting > seq) break;
        if (waiting >= from) outbox.delete(waiting);
      }
    }
  },
  'memory.changed'(snapshot, { effects }, { seq, at }) {
    snapshot.memoryOutbox.set(seq, { seq, at, run: '', effects });
    noteForgotten(snapshot, effects, seq);
  },
  'memory.erased': noteErased,
  'memory.reached': noteReached,
  'memory.delivered'(snapshot, { seq }) {
    snapshot.memoryOutbox.delete(seq);
  },

  'budget.day_began': beginDay,
  'budget.topped_up': topUp,
  'governance.noted': noteGovernance,
  'escalation.ended': endEscalation,
  'approval.revoked': revokeGrant,
  ...missionChanges,
  ...peopleChanges,

  'context.set'(snapshot, { key, value, by }, { at }) {
    setContext(snapshot, key, { value }, at, by, null);
  },
  'context.deleted'(snapshot, { key, by }, { at }) {
    setContext(snapshot, key, null, at, by, null);
  },
  'conversation.cleared'(snapshot) {
    snapshot.conversation = [];
    snapshot.conversationTaint = [];
  },
  'journal.rewound'(snapshot, { context, conversation }) {
    if (conversation) snapshot.conversation = [...conversation];
    if (!context) return;
    const next = new Map(context.map(({ key, ...cell }) => [key, cell]));
    // Runs that are open go on with what they began with.
    for (const key of new Set([...snapshot.context.keys(), ...next.keys()])) noteBase(snapshot, key, null);
    snapshot.context = next;
  },
  checkpoint: nothing,

  'node.configured'(snapshot, { section, settings }) {
    if (settings) snapshot.remembered.set(nodeSetting(section), new Map(Object.entries(settings)));
    else snapshot.remembered.delete(nodeSetting(section));
  },
  'news.queued'(snapshot, { sink, seq, news }) {
    remember(snapshot, newsFor(sink), news.id, news as unknown as Json);
    remember(snapshot, newestNews, news.process, seq);
  },
  'news.ended'(snapshot, { sink, id }) {
    const untold = snapshot.remembered.get(newsFor(sink));
    untold?.delete(id);
    if (untold?.size === 0) snapshot.remembered.delete(newsFor(sink));
  },
  'node.started': nothing,
  'node.stopped': nothing,
  'event.published'(snapshot, { type, data }, { seq, at }) {
    snapshot.outbox.set(seq, { seq, at, run: '', effects: [{ type: 'emit', eventType: type, data }] });
  },
  // These are the broker's own: `messaging/broker-fold.ts`.
  'message.sent': nothing,
  'message.handed': nothing,
  'message.returned': nothing,
  'message.ended': nothing,
};

/** Brings the snapshot up to and including `entry`, which must be the one after the newest in it. */
export function applyEntry(snapshot: Snapshot, entry: JournalEntry): void {
  snapshot.seq = entry.seq;
  snapshot.updatedAt = entry.at;
  // An entry of a kind this version does not know, or an erased one, changes nothing that is still there.
  const change = changes[entry.kind] as Apply<EntryKind> | undefined;
  if (change && !('erased' in entry.body)) change(snapshot, entry.body as never, entry as never);
}

/** The context as the run sees it: as it was when the run began. Its own writes are added by the run. */
export function contextAtStart(snapshot: Snapshot, run: OpenRun): Map<string, Json> {
  const context = new Map<string, Json>();
  for (const [key, { value }] of snapshot.context) context.set(key, value);
  for (const [key, was] of run.base) {
    if (was) context.set(key, was.value);
    else context.delete(key);
  }
  return context;
}
