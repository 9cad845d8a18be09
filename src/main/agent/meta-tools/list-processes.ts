import { objectOf } from '../tools/parameters.ts';
import type { MetaTool } from './open-mode.ts';

/** `list_processes`: how the agents are that this one created. */
export const listProcesses: MetaTool = {
  name: 'list_processes',
  isPermitted: (mode) => mode.config.openMode.allowProcessSpawn && mode.family() !== null,
  make: (mode) => ({
    name: 'list_processes',
    description: 'Lists the agents that you created: their state, what waits for them and how their last run ended.',
    parameters: objectOf({}),
    reach: 'readOnly',
    async execute() {
      const processes = (mode.family()?.children() ?? []).map(({ lastRun, ...child }) => ({
        ...child,
        last_run: lastRun,
      }));
      return { content: { processes } };
    },
  }),
};
