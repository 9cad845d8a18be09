import type { ModelNeed } from '../../../shared/crossing.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Environment } from '../../agent/models/environment.ts';
import { LeanHttp } from '../../agent/models/lean-fetch.ts';
import { type ResolvedModel, resolveModel } from '../../agent/models/resolve-model.ts';

/** Servers on this machine answer at once, or are not there. */
const probeMs = 1_000;

/**
 * Why no model of a list can be asked from here, one sentence each: for want of a key, or of a server on this machine.
 * Nothing where one of them can, as the others are tried in its place. Whether a key is taken is known when it is used.
 */
export async function modelsOutOfReach(
  models: readonly ModelNeed[],
  env: Environment,
  called: string,
): Promise<string[]> {
  const reasons = await Promise.all(models.map((model) => outOfReach(model, env, called)));
  return reasons.includes(null) ? [] : reasons.filter((reason) => reason !== null);
}

async function outOfReach(
  { id, baseUrl, hasKey }: ModelNeed,
  env: Environment,
  called: string,
): Promise<string | null> {
  try {
    const settings = { ...(baseUrl === undefined ? {} : { baseUrl }), ...(hasKey ? { apiKey: 'its-own' } : {}) };
    const resolved = resolveModel(id, settings, env);
    const { provider, loopback } = resolved;
    if (!provider.local && !loopback) return null;
    if (await answers(resolved)) return null;
    return `needs the model ${id}, whose server does not answer at ${new URL(resolved.baseUrl).origin} from ${called}`;
  } catch (thrown) {
    if (!(thrown instanceof RuntimeError)) throw thrown;
    const isKey = thrown.code === 'MODEL_KEY_MISSING';
    return isKey
      ? `needs the model ${id}, which ${called} has no key for`
      : `needs the model ${id}, which ${called} cannot ask: ${thrown.message}`;
  }
}

/** Also with a refusal: something is there that talks HTTP. */
async function answers({ baseUrl }: ResolvedModel): Promise<boolean> {
  const http = new LeanHttp();
  try {
    const response = await http.fetch(`${baseUrl}/models`, { signal: AbortSignal.timeout(probeMs) });
    await response.text();
    return true;
  } catch {
    return false;
  } finally {
    http.close();
  }
}
