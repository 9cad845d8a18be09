import { toMs } from '../../../shared/duration.ts';
import type { Json } from '../../../shared/json.ts';
import { withPrefix } from '../../agent/tools/built-in-tools.ts';
import type { Guard, Halt } from '../../governance/guard.ts';
import { contextAtStart } from '../../journal/fold/fold.ts';
import { questionOf } from '../../journal/fold/letters.ts';
import type { OpenRun, QueuedEvent } from '../../journal/fold/snapshot.ts';
import type { Journaled } from '../journaled.ts';
import type { ProcessParts, Workplace } from '../parts.ts';
import { clashesOf } from '../prompts/context-clash.ts';
import { lockIn, lockNotes } from '../prompts/context-locks.ts';
import { exchangeOf } from '../prompts/conversation.ts';
import {
  charsPerToken,
  letterNotes,
  openingMessages,
  type PromptMessage,
  withoutForgotten,
} from '../prompts/prompt.ts';
import { undelivered } from '../prompts/recall.ts';
import { toolboxFor } from '../steps/asked-toolbox.ts';
import { Run, type TextStream } from './run.ts';
import { openingOf } from './run-record.ts';

/** What the runs of a process share. */
export interface RunsHost {
  readonly journaled: Journaled;
  readonly parts: ProcessParts;
  /** What limits the process. */
  guards(): readonly Guard[];
  /** Takes secrets out of what is kept or shown. */
  redact<T>(value: T): T;
  /** The same for a text that comes in pieces; undefined where there is nothing to take out. */
  redactStream(give: (text: string) => void): TextStream | undefined;
  /** Puts them in, for a call that goes outside. */
  reveal(args: Json, by: string, run: string): Json;
  /** A guard wants the process to stop working. */
  onHalt(verdict: Halt): void;
}

/** A run that was begun, with everything it may touch. `payload`: of its event. */
export function makeRun(
  host: RunsHost,
  open: OpenRun,
  event: QueuedEvent,
  payload: Json,
  { config, toolbox }: Workplace,
): Run {
  const { journaled, parts } = host;
  const { process } = journaled;
  const { onText } = parts;
  const { guards } = host;
  const run: Run = new Run(
    {
      process,
      clock: parts.clock,
      toolbox: toolboxFor(event, toolbox),
      // Asked each time: limits that change hold for runs under way as well.
      get guards() {
        return guards();
      },
      maxSteps: config.maxSteps,
      toolTimeoutMs: toMs(config.toolTimeout),
      toolPolicies: config.toolPolicies,
      writableKeys: config.context.writableKeys,
      lockOf: (key) => lockIn(journaled.snapshot, key),
      onHalt: (verdict) => host.onHalt(verdict),
      mayBegin: () => parts.ownership.owns(process),
      contextAtStart: () => contextAtStart(journaled.snapshot, open),
      clashes: (effects, seen) => clashesOf(journaled.snapshot, open, effects, seen),
      instructions: config.instructions,
      conversationWith: (output) => exchangeOf(run, output, config, journaled.snapshot.conversation),
      memory: parts.memories.of(process, config.memory),
      undeliveredMemory: () => undelivered(journaled.snapshot),
      opening: async (recalled) =>
        withoutForgotten(await recordedOpening(host.journaled, open), recalled.forgotten) ??
        host.redact(
          openingMessages({
            process,
            instructions: config.instructions,
            event: run.event,
            run: open.id,
            context: run.context,
            memories: recalled.memories,
            conversation: config.context.conversationHistory ? journaled.snapshot.conversation : [],
            maxPayloadChars: config.triggerDelivery.maxPayloadChars,
            maxContextChars: config.context.contextMaxTokens * charsPerToken,
            variables: Object.keys(withPrefix(parts.env, config.context.envPrefix)),
            notes: [
              ...lockNotes(journaled.snapshot),
              ...host.guards().flatMap((guard) => guard.note?.(open.id) ?? []),
              ...letterNotes(open.id, open.letters ?? [], questionOf(event) !== null),
            ],
          }),
        ),
      redact: (value) => host.redact(value),
      reveal: (args, by) => host.reveal(args, by, open.id),
      assertRoom: (topic) => parts.broker.assertRoom(topic),
      ...(parts.mayPublish ? { mayPublish: parts.mayPublish } : {}),
      append: (commit, entries) => journaled.append(commit, entries),
      ...(onText
        ? {
            watch: (step: number) => {
              const give = (text: string) => onText(process, open.id, step, text);
              return host.redactStream(give) ?? { push: give, end() {} };
            },
          }
        : {}),
    },
    open,
    event,
    payload,
  );
  return run;
}

/** What the model was shown first, if it has been: the same is shown when the run is taken up again. */
async function recordedOpening(journaled: Journaled, open: OpenRun): Promise<PromptMessage[] | undefined> {
  return open.fork?.opening ?? (await openingOf(journaled, journaled.process, open)) ?? undefined;
}
