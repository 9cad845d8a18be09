import { objectOf } from '../tools/parameters.ts';
import type { MetaTool } from './open-mode.ts';

/** `check_mission`: what the agent is for, and how far it has come. */
export const checkMission: MetaTool = {
  name: 'check_mission',
  isPermitted: ({ config }) => config.mission?.enabled === true,
  make: (mode) => ({
    name: 'check_mission',
    description: 'Says what your mission is, how far it has come and how it was judged last.',
    parameters: objectOf({}),
    reach: 'readOnly',
    async execute() {
      const mission = mode.mission();
      if (!mission) return { content: { state: 'none' } };
      const { objective, successCriteria, state, reason, runs, judged } = mission;
      return { content: { objective, success_criteria: successCriteria, state, reason, runs, judged } };
    },
  }),
};
