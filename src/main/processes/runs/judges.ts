import { modelId, type ProcessConfig } from '../../../shared/config/process-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import { chosenModel } from '../../agent/models/chosen-model.ts';
import type { ModelSettings } from '../../agent/models/model-settings.ts';
import type { Sandbox } from '../../agent/sandbox/sandbox.ts';
import type { Judge } from '../../governance/judge.ts';
import { mostTokens } from '../prompts/most-tokens.ts';

/** The judge of a mission: the model it names, else the agent's own; null for a script without one. */
export function modelJudge({ mission, model, models }: ProcessConfig, settings: ModelSettings): Judge | null {
  const choices = mission?.evalModel ? [mission.evalModel] : modelId(model) === 'script' ? [] : [model, ...models];
  if (choices.length === 0) return null;
  const judge = chosenModel(choices, settings);
  const messages = (question: string) => [{ role: 'user' as const, content: question }];
  return {
    name: judge.id,
    weigh: (question) => ({
      inputTokens: mostTokens({ messages: messages(question), tools: [] }),
      maxOutputTokens: null,
      price: judge.price ?? null,
    }),
    async ask(question, maxOutputTokens) {
      const { text, usage, costUsd } = await judge.ask({
        messages: messages(question),
        tools: [],
        maxOutputTokens,
        signal: new AbortController().signal,
      });
      return { text, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, costUsd: costUsd ?? 0 };
    },
  };
}

/** Runs a check where it can reach nothing; it sees the evidence as its event. */
export function runCheck(sandbox: Sandbox, code: string, evidence: Record<string, Json>, now: number): Promise<Json> {
  const call = (name: string) =>
    Promise.reject(
      new RuntimeError('NOT_SUPPORTED', `A check only looks at what it is given; it cannot use agent.${name}.`),
    );
  return sandbox.run({ code, event: evidence, context: {}, startedAt: now, seed: 'check', call });
}
