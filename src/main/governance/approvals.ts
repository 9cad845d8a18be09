import type { ApprovalsConfig } from '../../shared/config/governance-config.ts';
import { toMs } from '../../shared/duration.ts';
import type { InboxItem } from '../../shared/entries/journal-entries.ts';
import { newId } from '../../shared/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { asksFor } from '../../shared/tool-rules.ts';
import type { Clock } from '../lib/clock.ts';
import { allow, type Guard, type GuardedProcess, type GuardedStep, type Verdict } from './guard.ts';
import { untrustedLabels } from './taint.ts';

/** Why a call has to be approved. */
export type ApprovalReason = 'listed' | 'irreversible' | 'first_use' | 'untrusted' | 'self_change';

export interface ApprovalSettings
  extends Pick<ApprovalsConfig, 'tools' | 'firstUse' | 'timeout' | 'onTimeout' | 'includeArguments'> {
  /** Names of tools that cannot be undone. */
  irreversible: ReadonlySet<string>;
  /** Whether others may have a say in the call, and it could do harm. */
  isSuspect?(step: GuardedStep): boolean;
  /** Such calls are refused, not asked about. */
  refusesSuspects?: boolean;
  /** Why a change that the agent makes of itself has to be allowed; each by itself, so no standing approval counts. */
  selfChange?(step: GuardedStep): string | null;
}

/**
 * Has a person approve calls before they are made. What they approve are exactly the arguments they saw, or those they
 * made of them; an answer to other arguments counts for nothing.
 */
export class Approvals implements Guard {
  readonly name = 'approvals';
  readonly #process: GuardedProcess;
  readonly #settings: ApprovalSettings;
  readonly #clock: Clock;
  readonly #listed: (name: string) => boolean;

  constructor(process: GuardedProcess, settings: ApprovalSettings, clock: Clock) {
    this.#process = process;
    this.#settings = settings;
    this.#clock = clock;
    this.#listed = asksFor(settings.tools);
  }

  beforeStep(step: GuardedStep): Verdict {
    const tool = toolOf(step);
    // It was approved when it was begun.
    if (tool === null || step.again || step.futile) return allow;
    const why = this.#reason(step, tool);
    if (why === null) return allow;
    if (why === 'untrusted' && this.#settings.refusesSuspects) {
      return {
        say: 'refuse',
        code: 'POLICY_REFUSED',
        reason: 'This run has read what others wrote and knows private things, so it may not reach outside',
      };
    }
    const call = `${step.name}:${step.argsHash}`;
    const given = step.answered('approval');
    if (given) return verdictOf(step, given.answer);
    if (this.#wasDenied(step.run, call)) {
      return { say: 'refuse', code: 'APPROVAL_DENIED', reason: 'A person denied this very call in this run already' };
    }
    const item = this.#request(step, tool, why, call);
    return { say: 'park', why: 'approval', until: item.expiresAt, item };
  }

  #reason(step: GuardedStep, tool: string): ApprovalReason | null {
    if (this.#settings.selfChange?.(step)) return 'self_change';
    const { grants } = this.#process.snapshot;
    const call = `${step.name}:${step.argsHash}`;
    const granted = grants.some((grant) => grant.tool === tool && (grant.call === null || grant.call === call));
    if (granted) return null;
    const { irreversible, firstUse, isSuspect } = this.#settings;
    if (this.#listed(tool)) return 'listed';
    if (irreversible.has(tool)) return 'irreversible';
    if (isSuspect?.(step)) return 'untrusted';
    return firstUse && step.reach !== 'local' && step.reach !== 'readOnly' ? 'first_use' : null;
  }

  #wasDenied(run: string, call: string): boolean {
    const verdicts = Object.values(this.#process.snapshot.runs.get(run)?.verdicts ?? {});
    return verdicts.some(({ hash, answer }) => hash === call && verdictIn(answer) === 'deny');
  }

  #request(step: GuardedStep, tool: string, why: ApprovalReason, call: string): InboxItem {
    const { timeout, onTimeout, includeArguments } = this.#settings;
    const timeoutMs = toMs(timeout);
    const because: Record<ApprovalReason, string> = {
      listed: 'Calls of this tool need your approval.',
      irreversible: 'It cannot be undone.',
      first_use: 'It has not used this tool before.',
      untrusted: `It has read what others wrote (${untrustedLabels(step.taint).slice(0, 5).join(', ')}), knows private things, and this call reaches outside.`,
      self_change: this.#settings.selfChange?.(step) ?? '',
    };
    const isOwn = why === 'self_change';
    const shown: JsonObject =
      includeArguments || isOwn
        ? { args: step.args }
        : { argument_names: isJsonObject(step.args) ? Object.keys(step.args) : [] };
    return {
      id: newId('itm', this.#clock.now()),
      kind: 'approval',
      title: `${this.#process.process} wants to use ${tool}`,
      question: `${because[why]} ${isOwn ? 'May it?' : 'May it make this call?'}`,
      about: {
        run: step.run,
        step: step.step,
        tool,
        name: step.name,
        call,
        why,
        reach: step.reach,
        taint: [...step.taint],
        editable: step.kind === 'tool',
        ...shown,
      },
      choices: isOwn ? ['approve', 'deny'] : ['approve', 'deny', 'always_allow'],
      expiresAt: timeoutMs === 0 ? null : this.#clock.now() + timeoutMs,
      fallback:
        onTimeout === 'allow' && !isOwn
          ? { verdict: 'approve' }
          : { verdict: 'deny', reason: 'nobody answered in time' },
    };
  }
}

function verdictOf(step: GuardedStep, answer: Json): Verdict {
  if (verdictIn(answer) !== 'approve' && verdictIn(answer) !== 'always_allow') {
    const reason =
      isJsonObject(answer) && typeof answer['reason'] === 'string' ? answer['reason'] : 'no reason was given';
    return { say: 'refuse', code: 'APPROVAL_DENIED', reason: `A person denied it: ${reason}` };
  }
  const args = editedArgs(step.args, answer);
  return args === undefined ? allow : { say: 'allow', args };
}

/** The arguments of a call with what a person changed of them; undefined where they changed nothing. */
export function editedArgs(args: Json, answer: Json): Json | undefined {
  if (!isJsonObject(answer) || !isJsonObject(answer['args'])) return undefined;
  return isJsonObject(args) ? { ...args, ...answer['args'] } : answer['args'];
}

function verdictIn(answer: Json): Json | undefined {
  return isJsonObject(answer) ? answer['verdict'] : undefined;
}

/** The tool that does the same, for steps that scripts make without one; null where nothing needs approval. */
export function toolOf({ kind, name }: Pick<GuardedStep, 'kind' | 'name'>): string | null {
  if (kind === 'tool') return name;
  if (kind === 'emit') return 'emit_event';
  return kind === 'send' ? 'send_message' : null;
}
