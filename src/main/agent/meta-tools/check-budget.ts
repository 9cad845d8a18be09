import { objectOf } from '../tools/parameters.ts';
import type { MetaTool } from './open-mode.ts';

/** `check_budget`: what the agent may still use. */
export const checkBudget: MetaTool = {
  name: 'check_budget',
  isPermitted: ({ config }) => config.budget?.enabled === true,
  make: (mode) => ({
    name: 'check_budget',
    description: 'Says what you may still use, in this run and today.',
    parameters: objectOf({}),
    reach: 'readOnly',
    async execute(_args, { run }) {
      const limits = (mode.budget(run) ?? []).map(({ limit, scope, unit, cap, used }) => ({
        limit: limit.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        scope,
        unit,
        cap,
        used,
        left: Math.max(0, cap - used),
      }));
      return { content: { limits } };
    },
  }),
};
