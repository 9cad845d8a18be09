import { RuntimeError } from '../../../shared/errors.ts';
import type { Model, ModelAnswer, ModelRequest } from './model.ts';

/**
 * A model that asks the first of `models` and, when that one cannot answer, the next. What all of them would refuse (a
 * malformed or forbidden request) is not tried again, and neither is anything once text has been streamed out:
 * whoever read it would get a second beginning. `answer.model` tells which one it was.
 */
export function firstOf(models: readonly Model[]): Model {
  const [only, second] = models;
  if (!only) throw new RuntimeError('MODEL_UNKNOWN', 'A fallback list needs at least one model.');
  if (!second) return only;
  const limits = models.map(({ maxOutputTokens }) => maxOutputTokens);
  return {
    id: models.map((model) => model.id).join(','),
    get price() {
      return dearest(models);
    },
    ...(limits.includes(undefined) ? {} : { maxOutputTokens: Math.max(...(limits as number[])) }),
    ask: (request) => askInTurn(models, request),
  };
}

/** The most that any of them asks for a token. */
function dearest(models: readonly Model[]): { input: number; output: number } | null {
  const prices = models.map(({ price }) => price ?? null);
  if (prices.includes(null)) return null;
  const known = prices as { input: number; output: number }[];
  return {
    input: Math.max(...known.map(({ input }) => input)),
    output: Math.max(...known.map(({ output }) => output)),
  };
}

async function askInTurn(models: readonly Model[], request: ModelRequest): Promise<ModelAnswer> {
  const failures: { model: string; failure: RuntimeError }[] = [];
  const { onText } = request;
  let streamed = false;
  const watched: ModelRequest = onText
    ? {
        ...request,
        onText(delta) {
          streamed = true;
          onText(delta);
        },
      }
    : request;
  for (const model of models) {
    try {
      return await model.ask(watched);
    } catch (thrown) {
      if (streamed || request.signal.aborted || !anotherMayAnswer(thrown)) throw thrown;
      failures.push({ model: model.id, failure: thrown });
    }
  }
  throw noneAnswered(failures);
}

/** Trouble with this model, key or account, as against trouble with the request. */
function anotherMayAnswer(thrown: unknown): thrown is RuntimeError {
  if (!(thrown instanceof RuntimeError)) return false;
  if (thrown.code !== 'MODEL_REFUSED') return thrown.code.startsWith('MODEL_');
  return [401, 402, 403, 404, 429].includes(Number(thrown.details['status']));
}

/** Retryable when one of the failures was; waits no longer than the shortest wait that was asked for. */
function noneAnswered(failures: { model: string; failure: RuntimeError }[]): RuntimeError {
  const chosen = (failures.find(({ failure }) => failure.retryable) ?? failures[0])?.failure;
  const waits = failures.map(({ failure }) => failure.details['retryAfterMs']).filter((ms) => typeof ms === 'number');
  const message = `None of ${failures.length} models answered. ${failures.map(({ failure }) => failure.message).join(' ')}`;
  return new RuntimeError(chosen?.code ?? 'MODEL_UNREACHABLE', message, {
    retryAfterMs: waits.length > 0 ? Math.min(...waits) : null,
    attempts: failures.map(({ model, failure }) => ({ model, code: failure.code })),
  });
}
